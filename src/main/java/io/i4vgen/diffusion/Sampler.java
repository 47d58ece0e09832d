// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/** The denoising loop. */
public final class Sampler {

  private Sampler() {
  }

  /**
   * Denoises {@code latent} from step {@code fromIndex} of the scheduler to its end.
   *
   * @param latent {@code [frames, channels, height, width]}, noisy as of {@code timesteps()[fromIndex]}
   * @param fromIndex 0 for pure noise; {@code steps()} does nothing
   * @param noise for samplers that draw at every step
   * @return the clean latent, a new tensor
   */
  public static NDArray denoise(Denoiser denoiser, Scheduler scheduler, NDArray latent, int fromIndex,
      NoiseSource noise, StepListener onStep) {
    long[] timesteps = scheduler.timesteps();
    if (fromIndex < 0 || fromIndex > timesteps.length) {
      throw new IllegalArgumentException("fromIndex " + fromIndex + " must be between 0 and " + timesteps.length);
    }
    try (Scope scope = new Scope()) {
      NDArray current = latent.duplicate();
      for (int i = fromIndex; i < timesteps.length; i++) {
        NDArray next = step(denoiser, scheduler, current, i, noise);
        current.close();
        current = next;
        onStep.onStep(i - fromIndex + 1, timesteps.length - fromIndex, timesteps[i], current);
      }
      return scope.keep(current);
    }
  }

  private static NDArray step(Denoiser denoiser, Scheduler scheduler, NDArray latent, int index, NoiseSource noise) {
    try (Scope scope = new Scope()) {
      NDArray output = denoiser.predict(latent, scheduler.timesteps()[index]);
      return scope.keep(scheduler.step(output, index, latent, noise));
    }
  }
}
