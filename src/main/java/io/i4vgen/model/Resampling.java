// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

/**
 * The resize of 8-bit images of Pillow up to version 12, to the last bit: a horizontal and then a vertical pass (the
 * other way round for images more than a hundred times as high as wide), each with weights of 22 fractional bits and
 * rounded to 8 bits, the filter widened when the image shrinks. Pillow 13 takes more images down first.
 */
enum Resampling {
  BILINEAR(1) {
    @Override
    double weight(double x) {
      return Math.max(0, 1 - x);
    }
  },
  BICUBIC(2) {
    @Override
    double weight(double x) {
      if (x < 1) {
        return ((A + 2) * x - (A + 3)) * x * x + 1;
      }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }
  };

  private static final int BITS = 22;
  private static final double A = -0.5;

  private final double support;

  /** @param support how many pixels of an image that is not shrunk count on either side */
  Resampling(double support) {
    this.support = support;
  }

  /** How much a pixel counts at a distance of 0 or more. */
  abstract double weight(double x);

  Pixels resize(Pixels image, int width, int height) {
    boolean downFirst = image.height() > 100 * image.width() && height < image.height();
    return downFirst ? across(down(image, height), width) : down(across(image, width), height);
  }

  private Pixels across(Pixels image, int width) {
    byte[] resized = new byte[3 * width * image.height()];
    Taps taps = Taps.of(this, image.width(), width);
    for (int y = 0; y < image.height(); y++) {
      taps.apply(image.rgb(), 3 * y * image.width(), 3, resized, 3 * y * width);
    }
    return new Pixels(width, image.height(), resized);
  }

  private Pixels down(Pixels image, int height) {
    byte[] resized = new byte[3 * image.width() * height];
    Taps taps = Taps.of(this, image.height(), height);
    for (int x = 0; x < image.width(); x++) {
      taps.apply(image.rgb(), 3 * x, 3 * image.width(), resized, 3 * x);
    }
    return new Pixels(image.width(), height, resized);
  }

  /**
   * What each pixel of a line of the result is made of.
   *
   * @param first the first source pixel of each
   * @param weights the fixed-point weights of that pixel and its neighbours
   */
  private record Taps(int[] first, int[][] weights) {

    static Taps of(Resampling filter, int from, int to) {
      int[] first = new int[to];
      int[][] weights = new int[to][];
      double scale = (double) from / to;
      double support = filter.support * Math.max(scale, 1);
      for (int i = 0; i < to; i++) {
        double center = (i + 0.5) * scale;
        first[i] = Math.max(0, (int) (center - support + 0.5));
        int end = Math.min(from, (int) (center + support + 0.5));
        weights[i] = weights(filter, first[i], end, center, 1 / Math.max(scale, 1));
      }
      return new Taps(first, weights);
    }

    private static int[] weights(Resampling filter, int first, int end, double center, double narrowing) {
      double[] exact = new double[end - first];
      double sum = 0;
      for (int i = 0; i < exact.length; i++) {
        exact[i] = filter.weight(Math.abs((i + first - center + 0.5) * narrowing));
        sum += exact[i];
      }
      int[] fixed = new int[exact.length];
      for (int i = 0; i < exact.length; i++) {
        double scaled = exact[i] / sum * (1 << BITS);
        fixed[i] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      return fixed;
    }

    /** Resamples one line of three channels; {@code step} bytes lie between neighbours, in source and result. */
    void apply(byte[] source, int start, int step, byte[] target, int targetStart) {
      for (int i = 0; i < first.length; i++) {
        for (int channel = 0; channel < 3; channel++) {
          int at = start + first[i] * step + channel;
          int sum = 1 << (BITS - 1);
          for (int weight : weights[i]) {
            sum += weight * (source[at] & 0xFF);
            at += step;
          }
          target[targetStart + i * step + channel] = (byte) Math.max(0, Math.min(255, sum >> BITS));
        }
      }
    }
  }
}
