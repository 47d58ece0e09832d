// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;
import java.util.Optional;

/**
 * DPM-Solver++(2M): Lu et al., arXiv 2211.01095, Algorithm 2. Solves the probability flow in
 * {@code lambda = log(alpha / sigma)} for the clean latent, with the predictions of this step and the one before:
 *
 * <pre>
 * h = lambda' - lambda,  r = (lambda - lambda_before) / h
 * D  = (1 + 1 / 2r) x_0 - 1 / 2r x_0,before
 * x' = (sigma' / sigma) x - alpha' (e^-h - 1) D
 * </pre>
 *
 * <p>The first step of a run is of first order (D = x_0), which is DDIM; so is the last one to no noise at all. Draws
 * nothing. Follows diffusers' DPMSolverMultistepScheduler (compared with v0.42.1), {@code solver_type} heun included.
 */
public final class DpmSolver extends MultistepScheduler {

  /** From so many steps on, diffusers does not lower the order of the last ones. */
  private static final int MANY = 15;

  /**
   * For {@code steps} steps.
   *
   * @throws IllegalArgumentException if the grid has no room for so many, or {@code solver_order} is 3
   */
  public DpmSolver(SchedulerConfig config, int steps) {
    super(config, steps);
    SchedulerConfig.require(config.solver().order() <= 2, "solver_order", config.solver().order(),
        "1 or 2 with dpm-solver++");
  }

  @Override
  public Stepped step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise, History history) {
    try (Scope scope = new Scope()) {
      NDArray x0 = scope.keep(clipped(modelOutput, alphaBar(index), latent));
      double h = lambda(index + 1) - lambda(index);
      double decay = Math.expm1(-h); // e^-h - 1
      double ratio = alpha(index + 1) * sigma(index + 1) / (alpha(index) * sigma(index));
      NDArray next = latent.mul(ratio).sub(x0.mul(alpha(index + 1) * decay));
      if (!history.originals().isEmpty() && !isFirstOrder(index)) {
        double r = (lambda(index) - lambda(index - 1)) / h;
        NDArray slope = x0.sub(history.originals().get(0)).div(r);
        next = next.add(slope.mul(alpha(index + 1) * slopeWeight(h, decay)));
      }
      return new Stepped(scope.keep(next), new History(history.originals(x0, 1), Optional.empty()));
    }
  }

  private double slopeWeight(double h, double decay) {
    return config.solver().type() == SolverOptions.Type.HEUN ? decay / h + 1 : -0.5 * decay;
  }

  private boolean isFirstOrder(int index) {
    SolverOptions options = config.solver();
    boolean last = index == timesteps.length - 1;
    boolean lowered = options.eulerAtFinal() || options.lowerOrderFinal() && timesteps.length < MANY
        || options.lastSigma() == SolverOptions.LastSigma.ZERO;
    return options.order() == 1 || last && lowered;
  }
}
