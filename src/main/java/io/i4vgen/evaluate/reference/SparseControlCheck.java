// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.i4vgen.network.MotionConfig;
import io.i4vgen.network.Residuals;
import io.i4vgen.network.SparseControl;
import io.i4vgen.network.SparseControl.Condition;
import io.i4vgen.network.SparseControlConfig;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** {@code sparsectrl}: residuals of a few given frames and, where the case has a UNet, what it makes of them. */
final class SparseControlCheck implements Check {

  private static final String CONDITION = "in.controlnet_cond";
  private static final String DOWN = "down.";
  private static final String SINGLE_FRAME = "out.single_frame.";
  private static final String SCALED = "out.scale";
  private static final String UNET_OUTPUT = "out.unet_with";

  @Override
  public String kind() {
    return "sparsectrl";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    SparseControlConfig config = SparseControlConfig.of(reference.at("config"));
    try (StateDict state = StateDict.open(reference.weights());
        SparseControl control = SparseControl.load(state, config, manager)) {
      return new Run(reference, io, control, new ArrayList<>()).compare(manager);
    }
  }

  private record Run(Case reference, Tensors io, SparseControl control, List<Comparison> comparisons) {

    List<Comparison> compare(NDManager manager) {
      Condition condition = new Condition(Clips.images(io.get(CONDITION)),
          Clips.images(io.get("in.conditioning_mask")));
      NDArray embedded = io.get("inter.cond_embedding");
      network("inter.cond_embedding", Clips.of(control.embed(condition), frames(embedded)));
      asGiven(condition);
      Residuals residuals = predict(condition, 1);
      all("out.", residuals);
      scaled(condition);
      NDArray first = condition.frames().get("0:1");
      all(SINGLE_FRAME, predict(new Condition(first, condition.mask().get("0:1")), 1));
      if (io.names().stream().anyMatch(name -> name.startsWith(UNET_OUTPUT))) {
        unet(residuals, manager);
      }
      return comparisons;
    }

    /** The recorded condition and mask from the frames that were given alone. */
    private void asGiven(Condition condition) {
      List<Integer> places = StreamSupport.stream(reference.at("parameters", "condition_frames").spliterator(), false)
          .map(JsonNode::asInt).toList();
      int frames = Math.toIntExact(condition.frames().getShape().get(0));
      NDArray given = condition.frames().get(condition.frames().getManager()
          .create(places.stream().mapToLong(place -> Math.floorMod(place, frames)).toArray()));
      Condition made = Condition.of(given, places, frames);
      comparisons.add(Comparison.absolute("condition of given frames", made.frames(), condition.frames(), 0));
      comparisons.add(Comparison.absolute("mask of given frames", made.mask(), condition.mask(), 0));
    }

    /** Names say the scale: {@code out.scale0.7.mid}. */
    private void scaled(Condition condition) {
      io.names().stream().filter(name -> name.startsWith(SCALED) && name.endsWith(".mid"))
          .map(name -> name.substring(0, name.length() - "mid".length()))
          .forEach(prefix -> all(prefix, predict(condition,
              Double.parseDouble(prefix.substring(SCALED.length(), prefix.length() - 1)))));
    }

    private Residuals predict(Condition condition, double scale) {
      return control.predict(condition, io.get("in.timestep"), io.get("in.encoder_hidden_states"), scale);
    }

    private void all(String prefix, Residuals residuals) {
      for (int i = 0; i < residuals.down().size(); i++) {
        if (io.has(prefix + DOWN + i)) {
          residual(prefix + DOWN + i, residuals.down().get(i));
        }
      }
      residual(prefix + "mid", residuals.mid());
    }

    private void residual(String name, NDArray images) {
      network(name, Clips.of(images, frames(io.get(name))));
    }

    private void unet(Residuals residuals, NDManager manager) {
      NDArray sample = io.get("in.sample");
      NDArray timestep = io.get("in.timestep");
      NDArray text = io.get("in.encoder_hidden_states");
      JsonNode json = reference.at("config", "unet");
      MotionConfig motion = MotionConfig.ofOriginal(json)
          .withGroups(reference.at("config", "motion_norm_num_groups").asInt());
      try (StateDict state = StateDict.open(reference.file("weights-unet.safetensors"));
          Unet unet = Unet.load(state, UnetConfig.of(json).withMotion(motion), manager)) {
        int frames = Math.toIntExact(frames(sample));
        NDArray with = unet.predict(Clips.images(sample), false, timestep, text, frames, true, residuals);
        network("out.unet_with_residuals", Clips.of(with, frames));
        network("out.unet_without_residuals", Clips.predict(unet, sample, timestep, text, true));
      }
    }

    private static long frames(NDArray clips) {
      return clips.getShape().get(2);
    }

    private void network(String name, NDArray actual) {
      comparisons.add(Comparison.network(name, actual, io.get(name)));
    }
  }
}
