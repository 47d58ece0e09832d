// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

/**
 * A number that was estimated, and where it probably lies: 95 times of 100 an interval made like this holds the truth,
 * if the samples are independent.
 *
 * @param value the estimate
 */
record Interval(double value, double low, double high) {

  static final double Z = 1.959963984540054;

  /** Wilson's interval of a share, {@code successes} of {@code count}. */
  static Interval ofRate(double successes, double count) {
    double share = successes / count;
    double shrink = 1 + Z * Z / count;
    double middle = (share + Z * Z / (2 * count)) / shrink;
    double half = Z / shrink * Math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count));
    return new Interval(share, Math.max(0, middle - half), Math.min(1, middle + half));
  }

  /** The normal interval of a mean; of one sample nobody knows. */
  static Interval ofMean(double[] samples) {
    double mean = 0;
    for (double sample : samples) {
      mean += sample / samples.length;
    }
    double squares = 0;
    for (double sample : samples) {
      squares += (sample - mean) * (sample - mean);
    }
    double half = samples.length < 2 ? Double.NaN
        : Z * Math.sqrt(squares / (samples.length - 1) / samples.length);
    return new Interval(mean, mean - half, mean + half);
  }
}
