// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/** What samplers have in common that remember the predictions of the steps before. */
abstract sealed class MultistepScheduler extends SigmaScheduler permits DpmSolver, UniPc {

  MultistepScheduler(SchedulerConfig config, int steps) {
    super(config, SigmaGrid.solver(config, steps));
  }

  @Override
  public final NDArray step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise) {
    Stepped first = step(modelOutput, index, latent, noise, History.NONE);
    first.history().close();
    return first.latent();
  }

  @Override
  public abstract Stepped step(NDArray modelOutput, int index, NDArray latent, NoiseSource noise, History history);
}
