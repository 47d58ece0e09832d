// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.diffusion.ContextWindows;
import io.i4vgen.network.AttentionWindows;
import io.i4vgen.network.Statistics;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.StateDict;
import java.util.List;
import java.util.Locale;

/** {@code unet-motion-freenoise}: the video UNet whose temporal attentions see a long video through windows. */
final class FreeNoiseCheck implements Check {

  private static final String OUTPUT = "out.sample.";

  @Override
  public String kind() {
    return "unet-motion-freenoise";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    UnetConfig config = UnetConfig.of(reference.at("config"));
    UnetConfig shared = config.withMotion(config.motion().orElseThrow().withStatistics(Statistics.SHARED));
    try (StateDict state = StateDict.open(reference.weights()); Unet unet = Unet.load(state, shared, manager)) {
      return io.names().stream().filter(name -> name.startsWith(OUTPUT))
          .map(name -> compare(unet, io, reference, name)).toList();
    }
  }

  /** The output is called {@code out.sample.WEIGHTS.fFRAMES}. */
  private static Comparison compare(Unet unet, Tensors io, Case reference, String output) {
    String[] name = output.substring(OUTPUT.length()).split("\\.");
    int frames = Integer.parseInt(name[1].substring(1));
    ContextWindows windows = new ContextWindows(reference.at("parameters").get("context_length").asInt(),
        reference.at("parameters").get("context_stride").asInt(), ContextWindows.Movement.FIXED,
        ContextWindows.Weights.valueOf(name[0].toUpperCase(Locale.ROOT)));
    NDArray predicted = unet.predict(Clips.images(io.get("in.sample.f" + frames)), false, io.get("in.timestep"),
        io.get("in.encoder_hidden_states"), frames, true,
        AttentionWindows.of(windows.starts(frames, 0), windows.frameWeights()));
    return Comparison.network(output, Clips.of(predicted, frames), io.get(output));
  }
}
