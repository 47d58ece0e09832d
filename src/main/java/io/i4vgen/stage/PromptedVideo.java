// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.ContextWindows;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.diffusion.WindowedDenoiser;
import io.i4vgen.generation.BadJob;
import io.i4vgen.network.Backbone;
import java.util.Optional;

/**
 * The pack's UNet with the job's texts and guidance, as the loops call it.
 *
 * @param unet the network
 * @param text the negative prompt, and the prompt or one for each frame, as {@link PromptedUnet} has them
 * @param guidance how strongly to follow it
 * @param windows how a video is looked at that is longer than they are
 * @param steering what given frames add to a video's prediction
 * @param calls is told of every call of the network
 */
record PromptedVideo(Backbone unet, NDArray text, Guidance guidance, Optional<Windows> windows,
    Steering steering, PromptedUnet.Calls calls) {

  /** For images that know nothing of each other, and share the text of the first frame. */
  Denoiser images() {
    return denoiser(text.get("0:2"), false, Optional.empty(), Steering.NONE);
  }

  /**
   * For one video.
   *
   * @throws BadJob if there are prompts for another number of frames
   */
  Denoiser video(NDArray video) {
    long frames = video.getShape().get(0);
    if (isPerFrame() && text.getShape().get(0) != 1 + frames) {
      throw new BadJob("there are prompts for %d frames, but the video has %d: set 'frames' for both".formatted(
          text.getShape().get(0) - 1, frames));
    }
    if (windows.isEmpty() || windows.get().areWithin(steering)) {
      return denoiser(text, true, windows.map(Windows::context), steering);
    }
    return new WindowedDenoiser(windows.get().context(), this::clip);
  }

  private boolean isPerFrame() {
    return text.getShape().get(0) > 2;
  }

  private Denoiser clip(int from, int to) {
    return denoiser(isPerFrame() ? text.get("0:1").concat(text.get("{}:{}", from + 1, to + 1), 0) : text, true,
        Optional.empty(), steering.part(from, to));
  }

  private Denoiser denoiser(NDArray texts, boolean motion, Optional<ContextWindows> within, Steering steered) {
    return guidance.denoiser(new PromptedUnet(unet, texts, motion, within, steered, calls));
  }
}
