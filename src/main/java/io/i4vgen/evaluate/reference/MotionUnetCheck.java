// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.List;

/** {@code unet-motion-diffusers}: the video UNet with shared and with per-frame statistics in its motion modules. */
final class MotionUnetCheck implements Check {

  private static final String SAMPLE = "in.sample.";

  @Override
  public String kind() {
    return "unet-motion-diffusers";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    List<Comparison> comparisons = new ArrayList<>(run(reference, io, manager, true, "out.sample."));
    comparisons.addAll(run(reference, io, manager, false, "out.sample_per_frame_groupnorm."));
    return comparisons;
  }

  private static List<Comparison> run(Case reference, Tensors io, NDManager manager, boolean shared, String outputs) {
    UnetConfig config = UnetConfig.of(reference.at("config"));
    UnetConfig mode = config.withMotion(config.motion().orElseThrow().withSharedStatistics(shared));
    try (StateDict state = StateDict.open(reference.weights()); Unet unet = Unet.load(state, mode, manager)) {
      return io.names().stream().filter(name -> name.startsWith(outputs))
          .map(name -> compare(unet, io, name.substring(outputs.length()), name)).toList();
    }
  }

  private static Comparison compare(Unet unet, Tensors io, String run, String output) {
    NDArray predicted = Clips.predict(unet, io.get(SAMPLE + run), io.get("in.timestep"),
        io.get("in.encoder_hidden_states"), true);
    return Comparison.network(output, predicted, io.get(output));
  }
}
