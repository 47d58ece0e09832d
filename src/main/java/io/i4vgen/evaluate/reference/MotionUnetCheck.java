// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.network.Statistics;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.StateDict;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code unet-motion-diffusers}: the video UNet with statistics as in diffusers and in AnimateDiff. */
final class MotionUnetCheck implements Check {

  private static final String SAMPLE = "in.sample.";
  private static final Map<Statistics, String> OUTPUTS = Collections.unmodifiableMap(new EnumMap<>(Map.of(
      Statistics.SHARED, "out.sample.", Statistics.PER_FRAME, "out.sample_per_frame_groupnorm.",
      Statistics.PER_CLIP, "out.sample_per_clip_groupnorm.")));

  @Override
  public String kind() {
    return "unet-motion-diffusers";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    return OUTPUTS.entrySet().stream()
        .filter(mode -> io.names().stream().anyMatch(name -> name.startsWith(mode.getValue())))
        .flatMap(mode -> run(reference, io, manager, mode.getKey(), mode.getValue())).toList();
  }

  private static Stream<Comparison> run(Case reference, Tensors io, NDManager manager, Statistics statistics,
      String outputs) {
    UnetConfig config = UnetConfig.of(reference.at("config"));
    UnetConfig mode = config.withMotion(config.motion().orElseThrow().withStatistics(statistics));
    try (StateDict state = StateDict.open(reference.weights()); Unet unet = Unet.load(state, mode, manager)) {
      return io.names().stream().filter(name -> name.startsWith(outputs))
          .map(name -> compare(unet, io, name.substring(outputs.length()), name)).toList().stream();
    }
  }

  private static Comparison compare(Unet unet, Tensors io, String run, String output) {
    NDArray predicted = Clips.predict(unet, io.get(SAMPLE + run), io.get("in.timestep"),
        io.get("in.encoder_hidden_states"), true);
    return Comparison.network(output, predicted, io.get(output));
  }
}
