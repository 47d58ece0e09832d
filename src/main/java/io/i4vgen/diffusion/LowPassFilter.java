// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

/**
 * The low-pass filters of FreeInit (Wu et al., arXiv 2312.07537, section 3.3) over time, height and width.
 *
 * @param kind its form
 * @param spatial d_s, the stop frequency of height and width, 0 to 1 of the highest; 0 lets nothing pass
 * @param temporal d_t, the same for time
 * @param order n, how steep the Butterworth filter is; the others do not use it
 */
public record LowPassFilter(Kind kind, double spatial, double temporal, int order) {

  /** The form of a filter, of the squared distance from frequency 0 with time scaled by d_s/d_t. */
  public enum Kind {
    /** {@code 1 / (1 + (D^2 / d_s^2)^n)}. */
    BUTTERWORTH,
    /** {@code exp(-D^2 / (2 d_s^2))}. */
    GAUSSIAN,
    /** 1 where {@code D^2 <= 2 d_s}: so in the original code, where {@code d_s^2} may have been meant. */
    IDEAL,
    /** 1 in a box around frequency 0; as in the original code its width comes from the height. */
    BOX
  }

  /** What FreeInit was published with for AnimateDiff v2. */
  public static final LowPassFilter DEFAULT = new LowPassFilter(Kind.BUTTERWORTH, 0.25, 0.25, 4);

  public LowPassFilter {
    checkFrequency("spatial", spatial);
    checkFrequency("temporal", temporal);
    if (order < 1) {
      throw new IllegalArgumentException("FreeInit: filter order " + order + " must be 1 or more");
    }
  }

  private static void checkFrequency(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("FreeInit: " + name + " stop frequency " + value + " must be between 0 and 1");
    }
  }

  /**
   * How much of each frequency passes, 0 to 1, in row-major order {@code [frames, height, width]}, the frequency 0 in
   * the middle ({@code size / 2}) of each axis.
   */
  public float[] mask(int frames, int height, int width) {
    float[] mask = new float[frames * height * width];
    if (spatial == 0 || temporal == 0) {
      return mask;
    }
    int i = 0;
    for (int t = 0; t < frames; t++) {
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          mask[i++] = (float) (kind == Kind.BOX
              ? box(t, h, w, frames, height, width)
              : radial(square(spatial / temporal * (2.0 * t / frames - 1))
                  + square(2.0 * h / height - 1) + square(2.0 * w / width - 1)));
        }
      }
    }
    return mask;
  }

  private double radial(double distanceSquared) {
    return switch (kind) {
      case BUTTERWORTH -> 1 / (1 + Math.pow(distanceSquared / square(spatial), order));
      case GAUSSIAN -> Math.exp(-distanceSquared / (2 * square(spatial)));
      case IDEAL -> distanceSquared <= 2 * spatial ? 1 : 0;
      case BOX -> throw new IllegalStateException("the box filter is not radial");
    };
  }

  private double box(int t, int h, int w, int frames, int height, int width) {
    long inTime = Math.round(Math.rint(frames / 2 * temporal));
    long inSpace = Math.round(Math.rint(height / 2 * spatial));
    return within(t, frames, inTime) && within(h, height, inSpace) && within(w, width, inSpace) ? 1 : 0;
  }

  private static boolean within(int index, int size, long halfWidth) {
    return index >= size / 2 - halfWidth && index < size / 2 + halfWidth;
  }

  private static double square(double value) {
    return value * value;
  }
}
