// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;
import java.util.Objects;

/**
 * Noise-invariant video score distillation sampling, which gives a static video motion: I4VGen (Guo et al., arXiv
 * 2406.02230), Algorithm 1. Score distillation (Poole et al., arXiv 2209.14988) on the latent itself,
 * with one update for each timestep from high noise to low, and the same noise in all of them:
 *
 * <pre>
 * epsilon ~ N(0, I)
 * for t = T ... tau:
 *   v_t  = sqrt(alphaBar_t) v + sqrt(1 - alphaBar_t) epsilon
 *   v   &larr; v - alpha_t w(t) (epsilonHat(v_t; y, t) - epsilon),   w(t) = 1 - alphaBar_t
 * </pre>
 *
 * <p>With the clean latent x_0 that epsilonHat implies this is {@code v <- v - eta (v - x_0)}, where
 * {@code eta = alpha sqrt(alphaBar (1 - alphaBar))}. The paper leaves w(t) open; it is that of the published code.
 */
public final class NiVsds {

  /**
   * Step sizes and extent that go together. Paper and published code disagree: the code's first three steps are ten
   * times as long, and it counts the fraction of steps run where the paper names the point reached.
   *
   * @param stepSizes alpha
   * @param extent which timesteps
   */
  public record Preset(StepSizes stepSizes, Extent extent) {

    public Preset {
      Objects.requireNonNull(stepSizes, "stepSizes");
      Objects.requireNonNull(extent, "extent");
    }
  }

  /** The published AnimateDiff code: 16 iterations on its grid of 25, the first three with alpha 10. */
  public static final Preset CODE = new Preset(StepSizes.of(10, 10, 10, 1), new Extent.Steps(0.6));
  /** The paper's text: alpha 1, down to tau = 0.4 T. */
  public static final Preset PAPER = new Preset(StepSizes.of(1), new Extent.Until(0.4));

  private final Scheduler scheduler;

  /** On the forward process and prediction type of {@code scheduler}. */
  public NiVsds(Scheduler scheduler) {
    this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
  }

  /** Algorithm 1 over the scheduler's own grid, as far as {@code preset} says. */
  public NDArray animate(Denoiser denoiser, NDArray latent, NDArray noise, Preset preset, StepListener onStep) {
    double[] timesteps = preset.extent().of(scheduler.timesteps(), scheduler.schedule().size());
    return animate(denoiser, latent, noise, timesteps, preset.stepSizes(), onStep);
  }

  /**
   * Algorithm 1.
   *
   * @param denoiser the video model with text and guidance
   * @param latent v: the anchor repeated, {@code [frames, channels, height, width]}
   * @param noise epsilon, of the same shape, independent in every frame
   * @param timesteps t of each iteration, high to low; none leaves v as it is
   * @param stepSizes alpha of each iteration
   * @return the animated latent, a new tensor
   */
  public NDArray animate(Denoiser denoiser, NDArray latent, NDArray noise, double[] timesteps, StepSizes stepSizes,
      StepListener onStep) {
    if (!latent.getShape().equals(noise.getShape())) {
      throw new IllegalArgumentException("NI-VSDS: noise " + noise.getShape() + " must have the latent's shape "
          + latent.getShape());
    }
    try (Scope scope = new Scope()) {
      NDArray v = latent.duplicate();
      for (int i = 0; i < timesteps.length; i++) {
        NDArray moved = update(denoiser, v, noise, timesteps[i], stepSizes.at(i));
        v.close();
        v = moved;
        onStep.onStep(i + 1, timesteps.length, timesteps[i], v);
      }
      return scope.keep(v);
    }
  }

  /** One iteration of Algorithm 1 at timestep {@code t} with step size {@code alpha}. */
  private NDArray update(Denoiser denoiser, NDArray v, NDArray epsilon, double t, double alpha) {
    try (Scope scope = new Scope()) {
      NDArray vT = scheduler.addNoise(v, epsilon, t);
      NDArray epsilonHat = scheduler.epsilon(denoiser.predict(vT, t), t, vT);
      double weight = 1 - scheduler.schedule().alphaBar(t);
      return scope.keep(v.sub(epsilonHat.sub(epsilon).mul(alpha * weight)));
    }
  }
}
