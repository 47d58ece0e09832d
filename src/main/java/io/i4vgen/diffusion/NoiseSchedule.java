// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/**
 * The forward process: how much of a clean latent is left at each training timestep. Kept in fp32, as PyTorch keeps it:
 * towards T, where little is left, the rounding shows. Immutable.
 */
public final class NoiseSchedule {

  /** What sigmas take for an alphaBar of 0, whose sigma would be infinite: diffusers' choice. */
  private static final double LEAST_ALPHA_BAR = 0x1p-24;

  private final float[] betas;
  private final float[] alphaBars;

  /** From the beta of each training timestep. */
  public NoiseSchedule(float[] betas) {
    this.betas = betas.clone();
    alphaBars = cumulativeProduct(betas);
  }

  /**
   * As configured: {@code trained_betas}, or {@code beta_schedule} between {@code beta_start} and {@code beta_end}; and
   * {@code rescale_betas_zero_snr}.
   */
  public static NoiseSchedule of(SchedulerConfig config) {
    float[] betas = config.trainedBetas().isEmpty()
        ? config.betaSchedule().betas(config.trainTimesteps(), config.betaStart(), config.betaEnd())
        : trained(config);
    return new NoiseSchedule(config.zeroTerminalSnr() ? endingInNoise(betas) : betas);
  }

  private static float[] trained(SchedulerConfig config) {
    float[] betas = new float[config.trainTimesteps()];
    for (int i = 0; i < betas.length; i++) {
      betas[i] = config.trainedBetas().get(i).floatValue();
    }
    return betas;
  }

  /**
   * The same betas, changed so that nothing of the latent is left at the last timestep, and as much as before at the
   * first: Lin et al., arXiv 2305.08891, Algorithm 1. In fp32, as PyTorch does it.
   */
  private static float[] endingInNoise(float[] betas) {
    float[] bars = cumulativeProduct(betas);
    float first = (float) Math.sqrt(bars[0]);
    float last = (float) Math.sqrt(bars[bars.length - 1]);
    float stretch = first / (first - last);
    float[] changed = new float[betas.length];
    float before = 1;
    for (int i = 0; i < betas.length; i++) {
      float root = ((float) Math.sqrt(bars[i]) - last) * stretch;
      float bar = root * root;
      changed[i] = 1 - bar / before;
      before = bar;
    }
    return changed;
  }

  /** PyTorch's cumprod of fp32 values on the CPU accumulates in double and rounds each result. */
  private static float[] cumulativeProduct(float[] betas) {
    float[] products = new float[betas.length];
    double product = 1;
    for (int i = 0; i < betas.length; i++) {
      product *= 1 - betas[i];
      products[i] = (float) product;
    }
    return products;
  }

  /** Number of training timesteps, T. */
  public int size() {
    return betas.length;
  }

  /** beta of every training timestep. */
  public float[] betas() {
    return betas.clone();
  }

  /** alphaBar of every training timestep. */
  public float[] alphaBars() {
    return alphaBars.clone();
  }

  /**
   * The share of the clean latent's variance left at {@code timestep}; between two training timesteps, that of
   * {@link #sigma}.
   *
   * @throws IllegalArgumentException for a timestep outside 0 to T - 1
   */
  public double alphaBar(double timestep) {
    requireInside(timestep);
    int below = (int) timestep;
    return timestep == below ? alphaBars[below] : 1 / (1 + Math.pow(sigma(timestep), 2));
  }

  /**
   * The noise beside a clean latent of weight 1, {@code sqrt((1 - alphaBar) / alphaBar)}; linear between two training
   * timesteps, as in k-diffusion and diffusers.
   *
   * @throws IllegalArgumentException for a timestep outside 0 to T - 1
   */
  public double sigma(double timestep) {
    requireInside(timestep);
    int below = (int) timestep;
    double share = timestep - below;
    return share == 0 ? sigmaAt(below) : sigmaAt(below) * (1 - share) + sigmaAt(below + 1) * share;
  }

  private double sigmaAt(int timestep) {
    double alphaBar = alphaBars[timestep] == 0 ? LEAST_ALPHA_BAR : alphaBars[timestep];
    return Math.sqrt((1 - alphaBar) / alphaBar);
  }

  private void requireInside(double timestep) {
    if (!(timestep >= 0 && timestep <= alphaBars.length - 1)) {
      throw new IllegalArgumentException("timestep " + timestep + " must be between 0 and " + (alphaBars.length - 1));
    }
  }

  /** {@code x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) epsilon}: DDPM formula (4). */
  public NDArray addNoise(NDArray latent, NDArray noise, double timestep) {
    return noised(latent, noise, alphaBar(timestep));
  }

  /** The same at a point that is known by its alphaBar. */
  static NDArray noised(NDArray latent, NDArray noise, double alphaBar) {
    try (Scope scope = new Scope()) {
      return scope.keep(latent.mul(Math.sqrt(alphaBar)).add(noise.mul(Math.sqrt(1 - alphaBar))));
    }
  }
}
