// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.NoiseSource;
import io.i4vgen.diffusion.Sampler;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.StepListener;
import io.i4vgen.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A recorded denoising loop: the state before each step and the last result, in the layout of this build. */
record StepTrace(String name, Denoiser denoiser, Scheduler scheduler, List<NDArray> states) {

  /** {@code start}, and what {@code trajectory} holds along its first axis, each put into {@code layout}. */
  static List<NDArray> states(NDArray start, NDArray trajectory, UnaryOperator<NDArray> layout) {
    List<NDArray> states = new ArrayList<>(List.of(start));
    for (long i = 0; i < trajectory.getShape().get(0); i++) {
      states.add(layout.apply(trajectory.get(i)));
    }
    return states;
  }

  /** Each step from its recorded predecessor, so that an error shows where it is made. */
  void restart(List<Comparison> comparisons) {
    long[] timesteps = scheduler.timesteps();
    int from = from();
    for (int i = from; i < timesteps.length; i++) {
      try (Scope scope = new Scope()) {
        NDArray before = states.get(i - from);
        NDArray output = denoiser.predict(before, timesteps[i]);
        comparisons.add(Comparison.step(name + "." + i, scheduler.step(output, i, before, NoiseSource.NONE),
            states.get(i - from + 1)));
      }
    }
  }

  /** The whole loop from {@code start}. */
  NDArray run(NDArray start) {
    return Sampler.denoise(denoiser, scheduler, start, from(), NoiseSource.NONE, StepListener.NONE);
  }

  private int from() {
    return scheduler.steps() - (states.size() - 1);
  }
}
