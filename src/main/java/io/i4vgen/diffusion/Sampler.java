// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/** The denoising loop. */
public final class Sampler {

  private Sampler() {
  }

  /**
   * Denoises {@code latent} from step {@code fromIndex} of the scheduler to its end: one run, in which a multistep
   * sampler remembers its last steps. What it remembers begins and ends with the run, so that a latent between two runs
   * is all there is to keep.
   *
   * @param latent {@code [frames, channels, height, width]}, noisy as of {@code timesteps()[fromIndex]}
   * @param fromIndex 0 for pure noise; {@code steps()} does nothing
   * @param noise for samplers that draw at every step
   * @return the clean latent, a new tensor
   */
  public static NDArray denoise(Denoiser denoiser, Scheduler scheduler, NDArray latent, int fromIndex,
      NoiseSource noise, StepListener onStep) {
    double[] timesteps = scheduler.timesteps();
    if (fromIndex < 0 || fromIndex > timesteps.length) {
      throw new IllegalArgumentException("fromIndex " + fromIndex + " must be between 0 and " + timesteps.length);
    }
    try (Scope scope = new Scope()) {
      Stepped current = new Stepped(latent.duplicate(), History.NONE);
      for (int i = fromIndex; i < timesteps.length; i++) {
        Stepped next = step(denoiser, scheduler, current, i, noise);
        current.latent().close();
        current.history().closeAllBut(next.history());
        current = next;
        onStep.onStep(i - fromIndex + 1, timesteps.length - fromIndex, timesteps[i], current.latent());
      }
      return scope.keep(current.latent());
    }
  }

  private static Stepped step(Denoiser denoiser, Scheduler scheduler, Stepped before, int index, NoiseSource noise) {
    try (Scope scope = new Scope()) {
      NDArray output = denoiser.predict(before.latent(), scheduler.timesteps()[index]);
      Stepped after = scheduler.step(output, index, before.latent(), noise, before.history());
      scope.keep(after.latent());
      after.history().tensors().forEach(scope::keep);
      return after;
    }
  }
}
