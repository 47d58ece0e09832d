// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Objects;

/**
 * What a {@code scheduler_config.json} says to some samplers only, under the same names.
 *
 * @param karras {@code use_karras_sigmas}: the noise levels of Karras et al. instead of those of the grid; Euler,
 *     DPM-Solver++, UniPC
 * @param lastSigma {@code final_sigmas_type}: where the last step ends; the same three
 * @param order {@code solver_order}: how many predictions a step uses, 1 or 2 of DPM-Solver++, 1 to 3 of UniPC
 * @param type {@code solver_type}
 * @param lowerOrderFinal {@code lower_order_final}: whether the last steps use fewer, if there are less than 15 of them
 * @param eulerAtFinal {@code euler_at_final}: whether the last step uses one in any case; DPM-Solver++
 * @param originalSteps {@code original_inference_steps} that a latent consistency model was distilled with
 * @param timestepScaling {@code timestep_scaling} of a latent consistency model's boundary condition
 */
public record SolverOptions(boolean karras, LastSigma lastSigma, int order, Type type, boolean lowerOrderFinal,
    boolean eulerAtFinal, int originalSteps, double timestepScaling) {

  /** Where the last step ends. */
  public enum LastSigma {
    /** Without noise. */
    ZERO,
    /** At the noise of timestep 0. */
    SIGMA_MIN
  }

  /** Variants of the multistep solvers; each has two, and takes those of the other for its usual one. */
  public enum Type {
    /** DPM-Solver++'s usual one. */
    MIDPOINT,
    /** DPM-Solver++'s other one. */
    HEUN,
    /** UniPC with {@code B(h) = h}. */
    BH1,
    /** UniPC with {@code B(h) = e^h - 1}, its usual one. */
    BH2
  }

  public SolverOptions {
    Objects.requireNonNull(lastSigma, "final_sigmas_type");
    Objects.requireNonNull(type, "solver_type");
    SchedulerConfig.require(order >= 1 && order <= 3, "solver_order", order, "1 to 3");
    SchedulerConfig.require(originalSteps >= 1, "original_inference_steps", originalSteps, "1 or more");
    SchedulerConfig.require(timestepScaling > 0 && timestepScaling < Double.POSITIVE_INFINITY, "timestep_scaling",
        timestepScaling, "more than 0");
  }
}
