// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Windows over the frames of a video, within which its frames attend to each other: a network that knows short clips
 * only sees a long one through them. What a frame gets in several windows is averaged, in every temporal attention
 * (FreeNoise, Qiu et al., arXiv 2310.15169, section 3.2).
 *
 * @param starts the first frame of each window, ascending; without any, all frames attend to each other
 * @param shares how much a window counts for each of its frames, above 0; as many as a window has frames
 */
public record AttentionWindows(List<Integer> starts, List<Double> shares) {

  /** All frames attend to each other. */
  public static final AttentionWindows NONE = new AttentionWindows(List.of(), List.of());

  public AttentionWindows {
    starts = List.copyOf(starts);
    shares = List.copyOf(shares);
    if (starts.isEmpty() != shares.isEmpty()) {
      throw new IllegalArgumentException("attention windows: %d windows of %d frames, expected both or neither"
          .formatted(starts.size(), shares.size()));
    }
    if (!shares.stream().allMatch(share -> share > 0)) {
      throw new IllegalArgumentException("attention windows: shares are " + shares + ", expected numbers above 0");
    }
    for (int i = 0; i < starts.size(); i++) {
      int before = i == 0 ? 0 : starts.get(i - 1) + shares.size();
      if (starts.get(i) < 0 || starts.get(i) > before || i > 0 && starts.get(i) <= starts.get(i - 1)) {
        throw new IllegalArgumentException("attention windows: starts are %s, expected ascending numbers from 0 that"
            .formatted(starts) + " leave out no frame, for windows of " + shares.size());
      }
    }
  }

  /**
   * Those that start at {@code starts}, with the shares of their frames, which are scaled so that those of a frame in
   * several windows are 1 together at most: sums in 16 bits have room for no more than the values themselves.
   */
  public static AttentionWindows of(int[] starts, float[] shares) {
    double[] sums = new double[starts[starts.length - 1] + shares.length];
    for (int start : starts) {
      for (int i = 0; i < shares.length; i++) {
        sums[start + i] += shares[i];
      }
    }
    double most = Arrays.stream(sums).max().orElseThrow();
    return new AttentionWindows(IntStream.of(starts).boxed().toList(),
        IntStream.range(0, shares.length).mapToObj(i -> shares[i] / most).toList());
  }

  /** How many of a video's frames attend to each other. */
  int length(int frames) {
    return starts.isEmpty() ? frames : shares.size();
  }

  /** @throws IllegalArgumentException if they are for a video of another number of frames */
  void check(int frames) {
    if (!starts.isEmpty() && end() != frames) {
      throw new IllegalArgumentException("attention windows: they end with frame %d, the video has %d".formatted(
          end(), frames));
    }
  }

  private int end() {
    return starts.get(starts.size() - 1) + shares.size();
  }

  long[] startsOfCall() {
    return starts.stream().mapToLong(Integer::longValue).toArray();
  }

  double[] sharesOfCall() {
    return shares.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
