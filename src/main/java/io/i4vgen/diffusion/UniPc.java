// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * UniPC: Zhao et al., arXiv 2302.04867, for the clean latent: a predictor (UniP) makes the step, and once the model has
 * said what it thinks of where that led, a corrector (UniC) makes the same step again, one order better, without asking
 * the model once more. With {@code h = lambda' - lambda} and the clean latents m_0 (of this step) and m_k (of the k-th
 * before, at {@code r_k = (lambda_k - lambda) / h}) both are
 *
 * <pre>
 * x' = (sigma' / sigma) x - alpha' (e^-h - 1) m_0 - alpha' B(h) sum_k rho_k (m_k - m_0) / r_k
 * </pre>
 *
 * <p>where the rho solve the paper's linear system for the order of the step, and the corrector's m include the one
 * predicted (r = 1). Order 2, the usual one, has rho = 1/2 in the predictor. The first step of a run is of first order
 * and corrects nothing. Draws nothing. Follows diffusers' UniPCMultistepScheduler (compared with v0.42.1).
 */
public final class UniPc extends MultistepScheduler {

  /**
   * For {@code steps} steps.
   *
   * @throws IllegalArgumentException if the grid has no room for so many, or {@code lower_order_final} is false
   */
  public UniPc(SchedulerConfig config, int steps) {
    super(config, steps);
    SchedulerConfig.require(config.solver().lowerOrderFinal(), "lower_order_final", false, "true with unipc");
  }

  @Override
  public Stepped step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise, History history) {
    try (Scope scope = new Scope()) {
      NDArray x0 = scope.keep(clipped(modelOutput, alphaBar(index), latent));
      NDArray corrected = scope.keep(history.latent().map(before -> correct(before, x0, index, history.originals()))
          .orElseGet(latent::duplicate));
      List<NDArray> originals = history.originals(x0, config.solver().order());
      NDArray next = predict(corrected, index, originals);
      return new Stepped(scope.keep(next), new History(originals, Optional.of(corrected)));
    }
  }

  /** How many predictions the step from {@code index} uses: fewer at both ends. */
  private int order(int index, int known) {
    return Math.min(Math.min(config.solver().order(), timesteps.length - index), known);
  }

  /** UniP from {@code index} to the next. */
  private NDArray predict(NDArray x, int index, List<NDArray> originals) {
    int order = order(index, originals.size());
    double[] r = ratios(index, order);
    Residual residual = new Residual(lambda(index + 1) - lambda(index), config.solver().type());
    double[] rho = order == 2 ? new double[] {0.5} : residual.weights(r, order - 1);
    return next(x, index, originals, residual, slopes(originals, r), rho);
  }

  /** UniC: the step to {@code index} again, from where it started, with what the model said at its end. */
  private NDArray correct(NDArray x, NDArray reached, int index, List<NDArray> originals) {
    int order = order(index - 1, originals.size());
    double[] r = ratios(index - 1, order);
    Residual residual = new Residual(lambda(index) - lambda(index - 1), config.solver().type());
    double[] rho = order == 1 ? new double[] {0.5} : residual.weights(r, order);
    List<NDArray> slopes = slopes(originals, r);
    slopes.add(reached.sub(originals.get(0)));
    return next(x, index - 1, originals, residual, slopes, rho);
  }

  /** r of the {@code order - 1} predictions before step {@code index}, and 1 for its end. */
  private double[] ratios(int index, int order) {
    double h = lambda(index + 1) - lambda(index);
    double[] r = new double[order];
    for (int k = 1; k < order; k++) {
      r[k - 1] = (lambda(index - k) - lambda(index)) / h;
    }
    r[order - 1] = 1;
    return r;
  }

  /** {@code (m_k - m_0) / r_k}. */
  private static List<NDArray> slopes(List<NDArray> originals, double[] r) {
    List<NDArray> slopes = new ArrayList<>();
    for (int k = 1; k < r.length; k++) {
      slopes.add(originals.get(k).sub(originals.get(0)).div(r[k - 1]));
    }
    return slopes;
  }

  private NDArray next(NDArray x, int index, List<NDArray> originals, Residual residual, List<NDArray> slopes,
      double[] rho) {
    double alpha = alpha(index + 1);
    double ratio = alpha * sigma(index + 1) / (alpha(index) * sigma(index));
    NDArray next = x.mul(ratio).sub(originals.get(0).mul(alpha * residual.decay()));
    for (int k = 0; k < slopes.size(); k++) {
      next = next.sub(slopes.get(k).mul(alpha * residual.scale() * rho[k]));
    }
    return next;
  }
}
