// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

/**
 * A thing's outline wherever it is and however large: centred on its centre of gravity, scaled to one area.
 *
 * @param cover {@code SIDE * SIDE} values from 0, outside, to 1
 * @param sum of {@code cover}
 */
record Silhouette(float[] cover, double sum) {

  static final int SIDE = 48;
  /** Of nothing. */
  static final Silhouette NONE = new Silhouette(new float[SIDE * SIDE], 0);

  /** Half of the square that is looked at, in square roots of the area. */
  private static final double HALF = 1.15;

  static Silhouette of(Mask mask) {
    double half = HALF * Math.sqrt(mask.area());
    double[] centre = mask.centre();
    float[] cover = new float[SIDE * SIDE];
    double sum = 0;
    for (int i = 0; i < cover.length; i++) {
      cover[i] = (float) mask.at(centre[0] + half * place(i % SIDE), centre[1] + half * place(i / SIDE));
      sum += cover[i];
    }
    return new Silhouette(cover, sum);
  }

  /** Where the column or row is, from -1 to 1. */
  private static double place(int index) {
    return (2.0 * index + 1) / SIDE - 1;
  }

  /** Intersection over union where the intersection is the product; what templates are compared by. */
  double product(Silhouette other) {
    float inside = 0;
    for (int i = 0; i < cover.length; i++) {
      inside += cover[i] * other.cover[i];
    }
    return inside / (sum + other.sum - inside);
  }

  /** Intersection over union where the intersection is the lesser; what frames are compared by. */
  double overlap(Silhouette other) {
    double lesser = 0;
    double greater = 0;
    for (int i = 0; i < cover.length; i++) {
      lesser += Math.min(cover[i], other.cover[i]);
      greater += Math.max(cover[i], other.cover[i]);
    }
    return lesser / Math.max(greater, 1e-6);
  }
}
