// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/**
 * Euler's method on the probability flow in the noise level: Karras et al., arXiv 2206.00364, Algorithm 1 without its
 * second-order correction (lines 4 and 5, {@code x_{i+1} = x_i + (sigma_{i+1} - sigma_i) d_i}), which is Algorithm 2
 * without churn. Deterministic, draws nothing. Follows diffusers' EulerDiscreteScheduler (compared with v0.42.1), but
 * for the variance of pure noise: see {@link Scheduler}.
 */
public final class Euler extends SigmaScheduler {

  /**
   * For {@code steps} steps.
   *
   * @throws IllegalArgumentException if the grid has no room for so many
   */
  public Euler(SchedulerConfig config, int steps) {
    super(config, SigmaGrid.euler(config, steps));
  }

  @Override
  public NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise) {
    try (Scope scope = new Scope()) {
      NDArray x = latent.div(alpha(index)); // x_0 + sigma epsilon, the papers' state
      NDArray x0 = clipped(modelOutput, alphaBar(index), latent);
      NDArray derivative = x.sub(x0).div(sigma(index));
      NDArray next = x.add(derivative.mul(sigma(index + 1) - sigma(index)));
      return scope.keep(next.mul(alpha(index + 1)));
    }
  }
}
