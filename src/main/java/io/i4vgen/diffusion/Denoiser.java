// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/** The model as the sampling loops see it, text and guidance already in it. */
@FunctionalInterface
public interface Denoiser {

  /**
   * Predicts the noise in {@code latent}; a v-prediction model returns its v, which the {@link Scheduler} understands.
   *
   * @param latent {@code [frames, channels, height, width]}, noisy as of {@code timestep}
   * @param timestep training timestep, 0 to {@code num_train_timesteps - 1}, or a point between two
   * @return the (guided) prediction, of the latent's shape; the caller closes it
   */
  NDArray predict(NDArray latent, double timestep);
}
