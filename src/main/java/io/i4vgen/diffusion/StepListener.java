// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/** Told after every step of a loop: for progress, previews, and (by throwing) cancelling. */
@FunctionalInterface
public interface StepListener {

  /** Ignores every step. */
  StepListener NONE = (step, steps, timestep, latent) -> { };

  /**
   * A step is done.
   *
   * @param step 1 for the first
   * @param steps how many there will be
   * @param timestep the training timestep that this step started from
   * @param latent the state after the step; closed before the next call, so duplicate what must live longer
   */
  void onStep(int step, int steps, double timestep, NDArray latent);
}
