// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/**
 * Denoising diffusion implicit models: Song, Meng and Ermon, arXiv 2010.02502, formulas (12) and (16). With eta 0 a
 * step is deterministic and draws nothing. Follows diffusers' DDIMScheduler (compared with v0.11.1 and v0.16.0).
 */
public final class Ddim extends GridScheduler {

  private final double eta;

  /**
   * For {@code steps} steps.
   *
   * @param eta how stochastic: 0 is DDIM, 1 has DDPM's variance
   * @throws IllegalArgumentException if steps is not 1 to {@code num_train_timesteps}, or eta not 0 to 1
   */
  public Ddim(SchedulerConfig config, int steps, double eta) {
    super(config, config.timestepSpacing().grid(steps, config.trainTimesteps(), config.stepsOffset()));
    requireSignalForEpsilon();
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("eta " + eta + " must be between 0 and 1");
    }
    this.eta = eta;
  }

  @Override
  public NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise) {
    double alphaBar = alphaBar(index);
    double alphaBarPrevious = previous(timesteps[index]);
    double sigma = eta * Math.sqrt((1 - alphaBarPrevious) / (1 - alphaBar) * (1 - alphaBar / alphaBarPrevious)); // (16)
    try (Scope scope = new Scope()) {
      NDArray x0 = clipped(modelOutput, alphaBar, latent);
      NDArray epsilon = config.predictionType().epsilon(modelOutput, latent, alphaBar);
      NDArray direction = epsilon.mul(Math.sqrt(1 - alphaBarPrevious - sigma * sigma));
      NDArray next = x0.mul(Math.sqrt(alphaBarPrevious)).add(direction); // (12), without its random part
      return scope.keep(sigma == 0 ? next
          : next.add(noise.draw(latent.getManager(), latent.getShape()).mul(sigma)));
    }
  }

  /** alphaBar one stride of the leading grid further on. */
  private double previous(double timestep) {
    double previous = timestep - schedule.size() / timesteps.length; // whole numbers, as in diffusers
    return previous >= 0 ? schedule.alphaBar(previous) : finalAlphaBar();
  }

  /** alphaBar past the last step: 1, or that of timestep 0. */
  public double finalAlphaBar() {
    return config.setAlphaToOne() ? 1 : schedule.alphaBar(0);
  }
}
