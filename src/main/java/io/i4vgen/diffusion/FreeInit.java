// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;
import java.util.function.IntFunction;

/**
 * FreeInit (Wu et al., arXiv 2312.07537, Algorithm 1): samples a video several times; each time but the first starts
 * from the low frequencies of the last result, noised again, and fresh high frequencies.
 *
 * @param filter which frequencies are kept
 * @param iterations how often to sample, 1 or more
 * @param fast whether early iterations take fewer steps: {@code int(steps / iterations * (i + 1))}
 */
public record FreeInit(LowPassFilter filter, int iterations, boolean fast) {

  public FreeInit {
    if (iterations < 1) {
      throw new IllegalArgumentException("FreeInit: iterations " + iterations + " must be 1 or more");
    }
  }

  /**
   * Samples {@code iterations} times.
   *
   * @param schedulers makes the scheduler for a number of steps
   * @param steps of the last iteration
   * @param start of the first iteration, {@code [frames, channels, height, width]}: the noise itself, or a noisy video
   * @param initial the noise, of the same shape, that each result is noised with
   * @param fresh the high frequencies' noise and, after it, the sampler's
   * @param onStep told every step of every iteration, counted on
   * @return the last result, a new tensor
   */
  public NDArray sample(Denoiser denoiser, IntFunction<Scheduler> schedulers, int steps, NDArray start,
      NDArray initial, NoiseSource fresh, StepListener onStep) {
    int total = stepsUpTo(iterations, steps);
    try (Scope scope = new Scope()) {
      NDArray video = start.duplicate();
      for (int i = 0; i < iterations; i++) {
        Scheduler scheduler = schedulers.apply(steps(i, steps));
        int done = stepsUpTo(i, steps);
        NDArray noisy = i == 0 ? video : restart(scheduler, video, initial, fresh);
        video = Sampler.denoise(denoiser, scheduler, noisy, 0, fresh,
            (step, of, timestep, latent) -> onStep.onStep(done + step, total, timestep, latent));
        noisy.close();
      }
      return scope.keep(video);
    }
  }

  /**
   * Where the next iteration starts: {@code video} noised to the last training timestep (which is past the first step
   * of the leading grid; so in the original code), with fresh high frequencies. Closes {@code video}.
   */
  private NDArray restart(Scheduler scheduler, NDArray video, NDArray initial, NoiseSource fresh) {
    try (Scope scope = new Scope(); video) {
      NDArray noised = scheduler.addNoise(video, initial, scheduler.schedule().size() - 1);
      NDArray random = fresh.draw(video.getManager(), video.getShape());
      return scope.keep(new FrequencyMix(filter).mix(noised, random));
    }
  }

  /** The steps of iteration {@code i}, of at most {@code steps}. */
  public int steps(int i, int steps) {
    return fast ? Math.max(1, (int) ((double) steps / iterations * (i + 1))) : steps;
  }

  private int stepsUpTo(int iteration, int steps) {
    int sum = 0;
    for (int i = 0; i < iteration; i++) {
      sum += steps(i, steps);
    }
    return sum;
  }
}
