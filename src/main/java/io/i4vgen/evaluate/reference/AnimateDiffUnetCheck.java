// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.i4vgen.network.MotionConfig;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.StateDict;
import java.nio.file.Path;
import java.util.List;

/** {@code animatediff-unet}: AnimateDiff's UNet in its original naming, as I4VGen runs it. */
final class AnimateDiffUnetCheck implements Check {

  private static final String SAMPLE = ".sample";

  /** I4VGen's patch of AnimateDiff skips the motion modules of shorter clips. */
  private static final int SHORTEST_CLIP_WITH_MOTION = 16;

  @Override
  public String kind() {
    return "animatediff-unet";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    try (Unet unet = load(reference, reference.weights(), manager)) {
      return io.names().stream().filter(name -> name.endsWith(SAMPLE))
          .map(name -> compare(unet, io, name.substring(0, name.length() - SAMPLE.length()))).toList();
    }
  }

  /** The network that a case of this kind describes; close it. */
  static Unet load(Case reference, Path weights, NDManager manager) {
    JsonNode json = reference.at("config");
    MotionConfig motion = MotionConfig.ofOriginal(json);
    JsonNode groups = json.at("/derived/motion_group_norm/groups");
    UnetConfig config = UnetConfig.of(json).withMotion(motion.withGroups(groups.asInt(motion.groups())));
    try (StateDict state = StateDict.open(weights)) {
      return Unet.load(state, config, manager);
    }
  }

  /** Whether I4VGen's AnimateDiff runs its motion modules on clips of so many frames. */
  static boolean hasMotion(long frames) {
    return frames >= SHORTEST_CLIP_WITH_MOTION;
  }

  private static Comparison compare(Unet unet, Tensors io, String run) {
    NDArray clips = io.get(run + SAMPLE);
    NDArray predicted = Clips.predict(unet, clips, io.get(run + ".timestep"),
        io.get(run + ".encoder_hidden_states"), hasMotion(clips.getShape().get(2)));
    return Comparison.network(run, predicted, io.get(run + ".output"));
  }
}
