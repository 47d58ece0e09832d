// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.util.List;

/**
 * A short film in memory.
 *
 * @param fps frames a second, above 0 and at most 1000
 * @param frames at least one, all of one size
 */
public record Clip(double fps, List<Picture> frames) {

  /**
   * @throws IllegalArgumentException if there is no frame, the sizes differ, or {@code fps} is out of range
   */
  public Clip {
    if (!(fps > 0 && fps <= 1000)) {
      throw new IllegalArgumentException("fps " + fps + "; must be above 0 and at most 1000");
    }
    if (frames.isEmpty()) {
      throw new IllegalArgumentException("a clip without frames; it needs at least one");
    }
    frames = List.copyOf(frames);
    Picture first = frames.get(0);
    for (int i = 1; i < frames.size(); i++) {
      requireSameSize(first, frames.get(i), i);
    }
  }

  public int width() {
    return frames.get(0).width();
  }

  public int height() {
    return frames.get(0).height();
  }

  private static void requireSameSize(Picture first, Picture other, int index) {
    if (first.width() != other.width() || first.height() != other.height()) {
      throw new IllegalArgumentException("frame " + index + " is " + other.width() + "x" + other.height()
          + " but frame 0 is " + first.width() + "x" + first.height() + "; all must be of one size");
    }
  }
}
