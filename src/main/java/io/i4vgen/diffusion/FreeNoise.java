// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import io.i4vgen.tensor.Scope;
import java.util.stream.IntStream;

/**
 * The noise of a long video made of the noise of its first frames: FreeNoise (Qiu et al., arXiv 2310.15169, section
 * 3.1, formula (4)). Frames {@code window} apart have the same noises, in another order within each group of
 * {@code stride} frames, so that every window sees the noises it would see alone, and distant frames look alike.
 *
 * @param window frames whose noise is independent, 1 or more
 * @param stride frames that change their order together, 1 to {@code window}
 */
public record FreeNoise(int window, int stride) {

  public FreeNoise {
    if (window < 1 || stride < 1 || stride > window) {
      throw new IllegalArgumentException("FreeNoise: window " + window + " must be 1 or more, stride " + stride
          + " 1 to the window");
    }
  }

  /**
   * Which frame's noise each frame gets: itself within the first window, then one of those a window before it.
   *
   * @param random orders the frames of each group
   */
  public int[] sources(int frames, TorchRandom random) {
    int[] sources = new int[frames];
    for (int i = 0; i < Math.min(window, frames); i++) {
      sources[i] = i;
    }
    for (int group = window; group < frames; group += stride) {
      long[] order = random.permutation(stride);
      for (int i = 0; i < stride && group + i < frames; i++) {
        sources[group + i] = sources[group - window + (int) order[i]];
      }
    }
    return sources;
  }

  /**
   * The rescheduled noise, a new tensor.
   *
   * @param noise {@code [frames, channels, height, width]}; only the first {@code window} frames are used
   */
  public NDArray reschedule(NDArray noise, TorchRandom random) {
    int frames = Math.toIntExact(noise.getShape().get(0));
    try (Scope scope = new Scope()) {
      long[] sources = IntStream.of(sources(frames, random)).asLongStream().toArray();
      return scope.keep(noise.get(noise.getManager().create(sources)));
    }
  }
}
