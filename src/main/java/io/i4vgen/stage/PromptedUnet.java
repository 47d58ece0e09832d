// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.diffusion.ContextWindows;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.network.AttentionWindows;
import io.i4vgen.network.Backbone;
import io.i4vgen.tensor.Scope;
import java.util.Optional;

/**
 * The pack's UNet with the job's texts, as guidance calls it. With motion off the frames know nothing of
 * each other: they are so many images that share their text.
 *
 * @param unet the network
 * @param text {@code [2, tokens, width]}: the negative prompt, the prompt; or {@code [1 + frames, tokens, width]}: the
 *     negative prompt, a prompt for each frame
 * @param motion whether the frames are one video
 * @param windows within which a longer video's frames know of each other, in every attention; none: all know of all
 * @param steering what given frames add to a video's prediction
 * @param calls is told of every call of the network, whatever its batch: what a pipeline costs is counted in these
 */
record PromptedUnet(Backbone unet, NDArray text, boolean motion, Optional<ContextWindows> windows,
    Steering steering, Calls calls) implements Guidance.Predictor {

  /** Counts calls of the network. */
  @FunctionalInterface
  interface Calls {

    /** The network was called once, for images or, with its motion modules, for a video. */
    void called(boolean motion);
  }

  @Override
  public NDArray predict(NDArray latents, int rows, double timestep) {
    int frames = Math.toIntExact(latents.getShape().get(0) / rows);
    try (Scope scope = new Scope()) {
      NDArray texts = texts(rows, frames);
      NDArray time = latents.getManager().create(new float[] {(float) timestep});
      NDArray sample = latents.toType(unet.floats(), false);
      NDArray typed = texts.toType(unet.floats(), false);
      NDArray noise = steering.predict(unet, sample, rows == 2, time, typed, frames, motion,
          within(frames, timestep));
      calls.called(motion);
      return scope.keep(noise.toType(DataType.FLOAT32, false));
    }
  }

  private AttentionWindows within(int frames, double timestep) {
    return windows.filter(some -> frames > some.length())
        .map(some -> AttentionWindows.of(some.starts(frames, timestep), some.frameWeights()))
        .orElse(AttentionWindows.NONE);
  }

  /** One row for each clip, or for each of its frames. */
  private NDArray texts(int rows, int frames) {
    if (text.getShape().get(0) == 2) {
      return rows == 2 ? text : text.get("1:2");
    }
    NDArray prompts = text.get("1:");
    return rows == 2 ? text.get("0:1").repeat(0, frames).concat(prompts, 0) : prompts;
  }
}
