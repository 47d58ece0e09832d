// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/**
 * Denoising diffusion probabilistic models: Ho, Jain and Abbeel, arXiv 2006.11239, formulas (6) and (7), on a subset of
 * the training timesteps; draws noise at every step but that of timestep 0. Follows diffusers' DDPMScheduler.
 *
 * <p>LaVie was published with diffusers v0.16.0, whose DDPM ignored {@code steps_offset}, while Stable Diffusion's
 * configuration carries 1 and later versions honour it, as this class does: give LaVie an offset of 0.
 */
public final class Ddpm extends GridScheduler {

  /** Which variance a step draws with ({@code variance_type}). */
  public enum Variance {
    /** The posterior's, formula (7): optimal for a deterministic clean latent. */
    FIXED_SMALL,
    /** The forward process's beta: optimal for a normal clean latent. */
    FIXED_LARGE
  }

  /**
   * For {@code steps} steps.
   *
   * @throws IllegalArgumentException if steps is not 1 to {@code num_train_timesteps}
   */
  public Ddpm(SchedulerConfig config, int steps) {
    super(config, config.timestepSpacing().grid(steps, config.trainTimesteps(), config.stepsOffset()));
    requireSignalForEpsilon();
  }

  @Override
  public NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise) {
    double alphaBar = alphaBar(index);
    double alphaBarPrevious = index + 1 < timesteps.length ? alphaBar(index + 1) : 1;
    double alpha = alphaBar / alphaBarPrevious; // of the whole stride, not of one training timestep
    double beta = 1 - alpha;
    try (Scope scope = new Scope()) {
      NDArray x0 = clipped(modelOutput, alphaBar, latent);
      NDArray mean = x0.mul(Math.sqrt(alphaBarPrevious) * beta / (1 - alphaBar))
          .add(latent.mul(Math.sqrt(alpha) * (1 - alphaBarPrevious) / (1 - alphaBar))); // (7)
      if (timesteps[index] == 0) {
        return scope.keep(mean);
      }
      double variance = config.variance() == Variance.FIXED_LARGE ? beta
          : (1 - alphaBarPrevious) / (1 - alphaBar) * beta; // (7)
      NDArray drawn = noise.draw(latent.getManager(), latent.getShape());
      return scope.keep(mean.add(drawn.mul(Math.sqrt(Math.max(variance, 1e-20))))); // (6)
    }
  }
}
