// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Arrays;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Overlapping windows over the frames of a video that is longer than the model can see at once. What the model predicts
 * for a frame in several windows is averaged, as panoramas are made of overlapping crops (MultiDiffusion, arXiv
 * 2302.08113, formula (5)).
 *
 * @param length frames of a window, 1 or more; a video that is not longer is one window
 * @param stride frames from one window to the next, 1 to {@code length}
 * @param movement where windows start
 * @param weights how much a window says about its frames
 */
public record ContextWindows(int length, int stride, Movement movement, Weights weights) {

  /** Where windows start. */
  public enum Movement {
    /** Every {@code stride} frames, at every timestep alike, as in FreeNoise (arXiv 2310.15169, section 3.2). */
    FIXED,
    /** Shifted from timestep to timestep, so that no two frames always have a window's border between them. */
    SHIFTED
  }

  /** How much a window says about its frames. */
  public enum Weights {
    /** About each of them the same. */
    FLAT,
    /** Most in its middle, least at its ends: 1, 2, ..., 2, 1. */
    PYRAMID
  }

  /** Multiples of it, modulo 1, spread evenly whatever the stride of the timesteps (Weyl's sequence). */
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

  public ContextWindows {
    if (length < 1) {
      throw new IllegalArgumentException("context windows: length " + length + " must be 1 or more");
    }
    if (stride < 1 || stride > length) {
      throw new IllegalArgumentException("context windows: stride " + stride + " must be 1 to the length " + length);
    }
    Objects.requireNonNull(movement, "movement");
    Objects.requireNonNull(weights, "weights");
  }

  /** The first frames of the windows of a video, ascending: the first is 0, the last ends with the video. */
  public int[] starts(int frames, double timestep) {
    int last = Math.max(0, frames - length);
    TreeSet<Integer> starts = new TreeSet<>();
    starts.add(0);
    for (int start = shift(timestep); start < last; start += stride) {
      starts.add(start);
    }
    starts.add(last);
    return starts.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Less than a stride, so that no frame is left out. */
  private int shift(double timestep) {
    double turn = timestep * GOLDEN_RATIO;
    return movement == Movement.FIXED ? 0 : (int) ((turn - Math.floor(turn)) * stride);
  }

  /** The weight of each frame of a window, all positive. */
  public float[] frameWeights() {
    float[] each = new float[length];
    Arrays.fill(each, 1);
    if (weights == Weights.PYRAMID) {
      IntStream.range(0, length).forEach(i -> each[i] = Math.min(i + 1, length - i));
    }
    return each;
  }
}
