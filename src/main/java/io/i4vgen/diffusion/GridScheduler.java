// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;

/** What schedulers have in common that visit a grid of the training timesteps one by one. */
abstract sealed class GridScheduler implements Scheduler permits Ddim, Ddpm, Lcm, SigmaScheduler {

  final SchedulerConfig config;
  final NoiseSchedule schedule;
  final double[] timesteps;

  /** On a grid from the most noise to the least. */
  GridScheduler(SchedulerConfig config, double[] timesteps) {
    this.config = config;
    this.timesteps = timesteps;
    schedule = NoiseSchedule.of(config);
  }

  /** Refuses to tell the latent from the noise where there is nothing but noise. */
  final void requireSignalForEpsilon() {
    boolean silent = config.predictionType() == PredictionType.EPSILON && schedule.alphaBar(timesteps[0]) == 0;
    SchedulerConfig.require(!silent, "prediction_type", "epsilon", ("v_prediction or sample, since with"
        + " rescale_betas_zero_snr nothing is left of the latent at timestep %.0f, or another timestep_spacing must"
        + " leave that timestep out").formatted(timesteps[0]));
  }

  @Override
  public double[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public NoiseSchedule schedule() {
    return schedule;
  }

  @Override
  public PredictionType predictionType() {
    return config.predictionType();
  }

  @Override
  public double alphaBar(int index) {
    return schedule.alphaBar(timesteps[index]);
  }

  @Override
  public NDArray original(NDArray modelOutput, int index, NDArray latent) {
    try (Scope scope = new Scope()) {
      return scope.keep(clipped(modelOutput, alphaBar(index), latent));
    }
  }

  /** The clean latent that the prediction amounts to; leaves intermediates to the caller's scope. */
  NDArray clipped(NDArray modelOutput, double alphaBar, NDArray latent) {
    NDArray x0 = config.predictionType().original(modelOutput, latent, alphaBar);
    return config.clipSample() ? x0.clip(-config.clipSampleRange(), config.clipSampleRange()) : x0;
  }
}
