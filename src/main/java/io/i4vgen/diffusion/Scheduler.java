// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/** A sampler for a fixed number of steps: immutable, so that threads and jobs may share it. */
public sealed interface Scheduler permits GridScheduler {

  /** The training timesteps visited, from the most noise to the least. */
  long[] timesteps();

  /** The forward process it inverts. */
  NoiseSchedule schedule();

  /** What the model must predict. */
  PredictionType predictionType();

  /**
   * One step towards less noise.
   *
   * @param modelOutput the prediction for {@code latent} at {@code timesteps()[index]}
   * @param index which step, 0 for the noisiest
   * @param latent the current state
   * @param noise asked only by steps that draw
   * @return the state at the next timestep, a new tensor
   */
  NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise);

  /** The clean latent that the prediction amounts to, clipped if the configuration says so; a new tensor. */
  NDArray original(NDArray modelOutput, int index, NDArray latent);

  /** How many steps. */
  default int steps() {
    return timesteps().length;
  }

  /** The noised latent {@code sqrt(alphaBar_t) latent + sqrt(1 - alphaBar_t) noise}. */
  default NDArray addNoise(NDArray latent, NDArray noise, long timestep) {
    return schedule().addNoise(latent, noise, timestep);
  }

  /** The noise in {@code latent} that the prediction amounts to; leaves intermediates to the caller's scope. */
  default NDArray epsilon(NDArray modelOutput, long timestep, NDArray latent) {
    return predictionType().epsilon(modelOutput, latent, schedule().alphaBar(timestep));
  }
}
