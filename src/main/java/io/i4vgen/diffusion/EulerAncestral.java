// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/**
 * Euler's method that steps further down than the grid says and makes up for it with new noise, as the ancestral
 * sampling of Song et al., arXiv 2011.13456, appendix F, does: with
 * {@code up^2 = sigma'^2 (sigma^2 - sigma'^2) / sigma^2} and {@code down^2 = sigma'^2 - up^2} a step from sigma to
 * sigma' is {@code x + (down - sigma) d + up z}. From k-diffusion, which no paper describes; follows diffusers'
 * EulerAncestralDiscreteScheduler (compared with v0.42.1), which has no {@code final_sigmas_type}. Draws noise at every
 * step but the last, which ends without any.
 */
public final class EulerAncestral extends SigmaScheduler {

  /**
   * For {@code steps} steps.
   *
   * @throws IllegalArgumentException if the grid has no room for so many
   */
  public EulerAncestral(SchedulerConfig config, int steps) {
    super(config, SigmaGrid.euler(config, steps).toZero());
  }

  @Override
  public NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise) {
    double from = sigma(index);
    double to = sigma(index + 1);
    double up = to * Math.sqrt(from * from - to * to) / from;
    double down = to * to / from; // the square root of to^2 - up^2
    try (Scope scope = new Scope()) {
      NDArray x = latent.div(alpha(index));
      NDArray x0 = clipped(modelOutput, alphaBar(index), latent);
      NDArray derivative = x.sub(x0).div(from);
      NDArray next = x.add(derivative.mul(down - from));
      NDArray noised = up == 0 ? next : next.add(noise.draw(latent.getManager(), latent.getShape()).mul(up));
      return scope.keep(noised.mul(alpha(index + 1)));
    }
  }
}
