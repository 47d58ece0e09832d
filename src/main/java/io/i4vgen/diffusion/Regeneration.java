// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * Noising a video and denoising it again (I4VGen, stage 2: regeneration, after SDEdit, arXiv 2108.01073): strength is
 * the share of the scheduler's steps run, the paper's p_re.
 */
public final class Regeneration {

  private Regeneration() {
  }

  /**
   * The step to start from: {@code steps - min(int(steps * strength), steps)}; {@code steps} itself, for a strength too
   * small for one step, means that nothing is left to do.
   *
   * @param strength 0 (leave the video alone) to 1 (all steps)
   */
  public static int startIndex(int steps, double strength) {
    if (!(strength >= 0 && strength <= 1)) {
      throw new IllegalArgumentException("strength " + strength + " must be between 0 and 1");
    }
    return steps - Math.min((int) (steps * strength), steps);
  }

  /**
   * {@code latent} as noisy as step {@code fromIndex} expects it; a new tensor. Past the last step that is not at all.
   *
   * @param noise of the latent's shape
   */
  public static NDArray noised(Scheduler scheduler, NDArray latent, NDArray noise, int fromIndex) {
    return fromIndex == scheduler.steps()
        ? latent.duplicate()
        : NoiseSchedule.noised(latent, noise, scheduler.alphaBar(fromIndex));
  }
}
