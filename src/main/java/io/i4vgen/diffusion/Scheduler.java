// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * A sampler for a fixed number of steps: immutable, so that threads and jobs may share it.
 *
 * <p>Latents are variance-preserving, {@code x = sqrt(alphaBar) x_0 + sqrt(1 - alphaBar) epsilon}, with every sampler,
 * before and after every step: what one has noised another can denoise. Samplers whose papers write
 * {@code x_0 + sigma epsilon} (Euler) convert within a step. Pure noise has variance 1; diffusers' Euler starts from
 * {@code 1 - alphaBar}, which is 0.2 % less.
 */
public sealed interface Scheduler permits GridScheduler {

  /**
   * The training timesteps visited, from the most noise to the least. Some samplers visit points between them:
   * 41.625 is one.
   */
  double[] timesteps();

  /** The forward process it inverts. */
  NoiseSchedule schedule();

  /** What the model must predict. */
  PredictionType predictionType();

  /** The share of the clean latent's variance in the state that step {@code index} starts from. */
  double alphaBar(int index);

  /**
   * One step towards less noise, the first of a run.
   *
   * @param modelOutput the prediction for {@code latent} at {@code timesteps()[index]}
   * @param index which step, 0 for the noisiest
   * @param latent the current state
   * @param noise asked only by steps that draw
   * @return the state at the next timestep, a new tensor
   */
  NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise);

  /** The same in the course of a run, with what it remembers; most samplers remember nothing. */
  default Stepped step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise, History history) {
    return new Stepped(step(modelOutput, index, latent, noise), History.NONE);
  }

  /** The clean latent that the prediction amounts to, clipped if the configuration says so; a new tensor. */
  NDArray original(NDArray modelOutput, int index, NDArray latent);

  /** How many steps. */
  default int steps() {
    return timesteps().length;
  }

  /** The noised latent {@code sqrt(alphaBar_t) latent + sqrt(1 - alphaBar_t) noise}. */
  default NDArray addNoise(NDArray latent, NDArray noise, double timestep) {
    return schedule().addNoise(latent, noise, timestep);
  }

  /** The noise in {@code latent} that the prediction amounts to; leaves intermediates to the caller's scope. */
  default NDArray epsilon(NDArray modelOutput, double timestep, NDArray latent) {
    return predictionType().epsilon(modelOutput, latent, schedule().alphaBar(timestep));
  }
}
