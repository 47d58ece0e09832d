// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.Optional;

/**
 * What a frame shows in one colour: its largest connected part, and how many there are.
 *
 * @param area of the largest part, pixels
 * @param x of its centre of gravity, pixels
 * @param y of the same
 * @param count of parts that are large enough to be a thing
 * @param figure what the largest looks like; empty if like nothing much
 * @param likeness to the most similar figure, intersection over union, 0 to 1
 * @param silhouette of the largest part
 */
record Seen(int area, double x, double y, int count, Optional<Figure> figure, double likeness, Silhouette silhouette) {

  /** The least area of a thing, pixels. */
  static final int LEAST_AREA = 45;
  static final Seen NOTHING = new Seen(0, 0, 0, 0, Optional.empty(), 0, Silhouette.NONE);

  private static final double LEAST_LIKENESS = 0.70;

  static Seen of(Mask colored, Templates templates) {
    Mask mask = colored.opened();
    if (mask.area() < LEAST_AREA) {
      return NOTHING;
    }
    Components parts = Components.of(mask, LEAST_AREA);
    Silhouette silhouette = Silhouette.of(parts.largest());
    Templates.Match match = templates.best(silhouette);
    Optional<Figure> figure = Optional.of(match.figure()).filter(any -> match.overlap() >= LEAST_LIKENESS);
    double[] centre = parts.largest().centre();
    return new Seen(parts.largest().area(), centre[0], centre[1], parts.count(), figure, match.overlap(), silhouette);
  }

  boolean present() {
    return area >= LEAST_AREA;
  }
}
