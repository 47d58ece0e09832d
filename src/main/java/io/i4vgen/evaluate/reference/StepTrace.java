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
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * A recorded denoising loop, in the layout of this build.
 *
 * @param states the state before each step, and the last result
 * @param drawn what each step that draws noise drew, in order; empty if none does
 */
record StepTrace(String name, Denoiser denoiser, Scheduler scheduler, List<NDArray> states, List<NDArray> drawn) {

  /** {@code start}, and what {@code trajectory} holds along its first axis, each put into {@code layout}. */
  static List<NDArray> states(NDArray start, NDArray trajectory, UnaryOperator<NDArray> layout) {
    List<NDArray> states = new ArrayList<>(List.of(start));
    states.addAll(rows(trajectory, layout));
    return states;
  }

  /** What {@code recorded} holds along its first axis, each put into {@code layout}. */
  static List<NDArray> rows(NDArray recorded, UnaryOperator<NDArray> layout) {
    return LongStream.range(0, recorded.getShape().get(0)).mapToObj(i -> layout.apply(recorded.get(i))).toList();
  }

  /** Each step from its recorded predecessor, so that an error shows where it is made. */
  void restart(List<Comparison> comparisons) {
    double[] timesteps = scheduler.timesteps();
    int from = from();
    for (int i = from; i < timesteps.length; i++) {
      try (Scope scope = new Scope()) {
        NDArray before = states.get(i - from);
        NDArray output = denoiser.predict(before, timesteps[i]);
        comparisons.add(Comparison.step(name + "." + i, scheduler.step(output, i, before, noise(i - from)),
            states.get(i - from + 1)));
      }
    }
  }

  /** The whole loop from {@code start}. */
  NDArray run(NDArray start) {
    return Sampler.denoise(denoiser, scheduler, start, from(), noise(0), StepListener.NONE);
  }

  /** What was drawn from the {@code step}th step on. */
  private NoiseSource noise(int step) {
    if (step >= drawn.size()) {
      return NoiseSource.NONE;
    }
    Iterator<NDArray> next = drawn.listIterator(step);
    return (manager, shape) -> next.next();
  }

  private int from() {
    return scheduler.steps() - (states.size() - 1);
  }
}
