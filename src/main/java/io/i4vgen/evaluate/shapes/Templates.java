// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.EnumMap;
import java.util.Map;

/** Every figure's silhouette at 24 angles, and which of them a silhouette is like. */
final class Templates {

  private static final int ANGLES = 24;
  private static final int SIDE = 256;
  private static final double SPAN = 1.6;

  private final Map<Figure, Silhouette[]> all = new EnumMap<>(Figure.class);

  /** @param figure the most similar one, @param overlap from 0 to 1 */
  record Match(Figure figure, double overlap) {}

  Templates() {
    for (Figure figure : Figure.values()) {
      Silhouette[] turned = new Silhouette[ANGLES];
      for (int i = 0; i < ANGLES; i++) {
        turned[i] = Silhouette.of(drawn(figure, 2 * Math.PI * i / ANGLES));
      }
      all.put(figure, turned);
    }
  }

  private static Mask drawn(Figure figure, double angle) {
    boolean[] on = new boolean[SIDE * SIDE];
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    for (int i = 0; i < on.length; i++) {
      double x = (i % SIDE + 0.5) / SIDE * 2 * SPAN - SPAN;
      double y = (i / SIDE + 0.5) / SIDE * 2 * SPAN - SPAN;
      on[i] = figure.contains(cos * x + sin * y, -sin * x + cos * y);
    }
    return new Mask(SIDE, SIDE, on);
  }

  Match best(Silhouette silhouette) {
    Match best = new Match(Figure.CIRCLE, -1);
    for (Map.Entry<Figure, Silhouette[]> entry : all.entrySet()) {
      for (Silhouette template : entry.getValue()) {
        double overlap = silhouette.product(template);
        if (overlap > best.overlap()) {
          best = new Match(entry.getKey(), overlap);
        }
      }
    }
    return best;
  }
}
