// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Arrays;

/**
 * Timesteps with the noise level of each, as diffusers lays them out.
 *
 * @param timesteps what the model is told, from the most noise to the least
 * @param sigmas the noise levels of the steps, rounded to fp32, and where the last one ends
 */
record SigmaGrid(double[] timesteps, double[] sigmas) {

  /** Of Karras et al. */
  private static final double RHO = 7;

  /** Euler's: on the grid as it is, with points between two timesteps. */
  static SigmaGrid euler(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    double[] grid = Arrays.stream(
        config.timestepSpacing().between(steps, config.trainTimesteps(), config.stepsOffset())).map(t -> (float) t)
        .toArray();
    if (!config.solver().karras()) {
      return on(schedule, grid, config);
    }
    double[] sigmas = karras(schedule.sigma(grid[0]), schedule.sigma(grid[steps - 1]), steps);
    double[] timesteps = Arrays.stream(sigmas).map(sigma -> (float) timestep(schedule, sigma)).toArray();
    return new SigmaGrid(timesteps, ended(schedule, sigmas, config));
  }

  /** The multistep solvers': on whole timesteps, also where the noise levels lie between them. */
  static SigmaGrid solver(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    double[] grid = config.timestepSpacing().solverGrid(steps, config.trainTimesteps(), config.stepsOffset());
    if (!config.solver().karras()) {
      return on(schedule, grid, config);
    }
    double[] sigmas = karras(schedule.sigma(schedule.size() - 1), schedule.sigma(0), steps);
    double[] timesteps = Arrays.stream(sigmas).map(sigma -> Math.rint(timestep(schedule, sigma))).toArray();
    return new SigmaGrid(timesteps, ended(schedule, sigmas, config));
  }

  /** The same, but for the last step, which ends without noise. */
  SigmaGrid toZero() {
    double[] all = sigmas.clone();
    all[all.length - 1] = 0;
    return new SigmaGrid(timesteps, all);
  }

  private static SigmaGrid on(NoiseSchedule schedule, double[] grid, SchedulerConfig config) {
    return new SigmaGrid(grid, ended(schedule, Arrays.stream(grid).map(schedule::sigma).toArray(), config));
  }

  private static double[] ended(NoiseSchedule schedule, double[] sigmas, SchedulerConfig config) {
    double[] all = Arrays.copyOf(sigmas, sigmas.length + 1);
    all[sigmas.length] = config.solver().lastSigma() == SolverOptions.LastSigma.ZERO ? 0 : schedule.sigma(0);
    return Arrays.stream(all).map(sigma -> (float) sigma).toArray();
  }

  /** Evenly in the seventh root: Karras et al., arXiv 2206.00364, formula (5). */
  private static double[] karras(double most, double least, int steps) {
    double[] sigmas = new double[steps];
    for (int i = 0; i < steps; i++) {
      double share = steps == 1 ? 0 : i / (double) (steps - 1);
      double root = Math.pow(most, 1 / RHO) + share * (Math.pow(least, 1 / RHO) - Math.pow(most, 1 / RHO));
      sigmas[i] = Math.pow(root, RHO);
    }
    return sigmas;
  }

  /** Where on the schedule the noise level {@code sigma} is, evenly in its logarithm between two timesteps. */
  private static double timestep(NoiseSchedule schedule, double sigma) {
    int low = 0;
    while (low < schedule.size() - 2 && schedule.sigma(low + 1) <= sigma) {
      low++;
    }
    double from = Math.log(schedule.sigma(low));
    double share = (Math.log(sigma) - from) / (Math.log(schedule.sigma(low + 1)) - from);
    return low + Math.min(Math.max(share, 0), 1);
  }
}
