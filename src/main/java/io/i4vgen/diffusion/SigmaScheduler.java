// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * What samplers have in common that step from noise level to noise level: sigma is the noise beside a clean latent of
 * weight 1, so that {@code alphaBar = 1 / (1 + sigma^2)}. They never clip.
 */
abstract sealed class SigmaScheduler extends GridScheduler permits Euler, EulerAncestral, MultistepScheduler {

  /** One more than there are steps; the last is where the last step ends. */
  private final double[] sigmas;

  SigmaScheduler(SchedulerConfig config, SigmaGrid grid) {
    super(config, grid.timesteps());
    sigmas = grid.sigmas();
  }

  /** The noise level that step {@code index} starts from, or, past the last step, its end. */
  final double sigma(int index) {
    return sigmas[index];
  }

  @Override
  public final double alphaBar(int index) {
    return 1 / (1 + sigmas[index] * sigmas[index]);
  }

  /** The weight of the clean latent in the state that step {@code index} starts from. */
  final double alpha(int index) {
    return Math.sqrt(alphaBar(index));
  }

  /** Half the logarithm of the signal-to-noise ratio, the time of the solvers: infinite without noise. */
  final double lambda(int index) {
    return -Math.log(sigmas[index]);
  }

  @Override
  final NDArray clipped(NDArray modelOutput, double alphaBar, NDArray latent) {
    return config.predictionType().original(modelOutput, latent, alphaBar);
  }
}
