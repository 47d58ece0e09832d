// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/**
 * Multistep sampling of a latent consistency model: Luo et al., arXiv 2310.04378, Algorithm 3. The model goes all the
 * way in one step, {@code f(x, t) = c_skip(t) x + c_out(t) x_0} with
 * {@code c_skip = 0.25 / (s^2 + 0.25)}, {@code c_out = s / sqrt(s^2 + 0.25)}, {@code s = t timestep_scaling}; what came
 * of it is noised to the next timestep with new noise, for all steps but the last. Only for models distilled for it,
 * with guidance 1 to 2 and 4 to 8 steps. Follows diffusers' LCMScheduler (compared with v0.42.1).
 */
public final class Lcm extends GridScheduler {

  /** The square of {@code sigma_data}, which is 0.5. */
  private static final double DATA_VARIANCE = 0.25;

  /**
   * For {@code steps} steps.
   *
   * @throws IllegalArgumentException if steps is not 1 to {@code original_inference_steps}
   */
  public Lcm(SchedulerConfig config, int steps) {
    super(config, grid(config, steps));
    requireSignalForEpsilon();
  }

  /** Evenly chosen from the timesteps of the distillation, which are every k-th; no spacing, no offset. */
  private static double[] grid(SchedulerConfig config, int steps) {
    int original = config.solver().originalSteps();
    SchedulerConfig.require(original <= config.trainTimesteps(), "original_inference_steps", original,
        "at most num_train_timesteps " + config.trainTimesteps());
    if (steps < 1 || steps > original) {
      throw new IllegalArgumentException("steps " + steps + " must be between 1 and " + original
          + " (original_inference_steps) with sampler lcm");
    }
    int stride = config.trainTimesteps() / original;
    double[] grid = new double[steps];
    for (int i = 0; i < steps; i++) {
      int skipped = (int) (i * (original / (double) steps));
      grid[i] = (original - skipped) * stride - 1;
    }
    return grid;
  }

  @Override
  public NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise) {
    double scaled = timesteps[index] * config.solver().timestepScaling();
    double skip = DATA_VARIANCE / (scaled * scaled + DATA_VARIANCE);
    double out = scaled / Math.sqrt(scaled * scaled + DATA_VARIANCE);
    try (Scope scope = new Scope()) {
      NDArray x0 = clipped(modelOutput, alphaBar(index), latent);
      NDArray clean = x0.mul(out).add(latent.mul(skip));
      if (index == timesteps.length - 1) {
        return scope.keep(clean);
      }
      NDArray drawn = noise.draw(latent.getManager(), latent.getShape());
      return scope.keep(NoiseSchedule.noised(clean, drawn, alphaBar(index + 1)));
    }
  }
}
