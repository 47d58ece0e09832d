// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.List;

/** The shapes of the world at unit radius; x to the right, y down. */
public enum Figure {
  CIRCLE(List.of("circle", "disc", "ball"), new double[0]) {
    @Override
    boolean contains(double x, double y) {
      return Math.sqrt(x * x + y * y) < 0.95;
    }
  },
  SQUARE(List.of("square", "box"), -0.82, -0.82, 0.82, -0.82, 0.82, 0.82, -0.82, 0.82),
  TRIANGLE(List.of("triangle"), 0, -1, 0.95, 0.7, -0.95, 0.7),
  STAR(List.of("star"), star()),
  HEART(List.of("heart"), heart()),
  RING(List.of("ring", "donut"), new double[0]) {
    @Override
    boolean contains(double x, double y) {
      return Math.abs(Math.sqrt(x * x + y * y) - 0.75) < 0.24;
    }
  },
  CROSS(List.of("cross", "plus sign"), -0.3, -0.95, 0.3, -0.95, 0.3, -0.3, 0.95, -0.3, 0.95, 0.3, 0.3, 0.3, 0.3, 0.95,
      -0.3, 0.95, -0.3, 0.3, -0.95, 0.3, -0.95, -0.3, -0.3, -0.3),
  DIAMOND(List.of("diamond", "rhombus"), 0, -1.08, 0.62, 0, 0, 1.08, -0.62, 0);

  private final List<String> words;
  private final double[] corners;

  /** @param corners x and y of each corner in turn */
  Figure(List<String> words, double... corners) {
    this.words = words;
    this.corners = corners;
  }

  /** What prompts call it; the first is the canonical one. */
  public List<String> words() {
    return words;
  }

  /** Whether it looks different when it turns. */
  public boolean canSpin() {
    return this != CIRCLE && this != RING;
  }

  /** Whether the point lies inside: an odd number of edges cross the ray from it to the right. */
  boolean contains(double x, double y) {
    boolean inside = false;
    for (int i = 0; i < corners.length; i += 2) {
      int next = (i + 2) % corners.length;
      double ax = corners[i];
      double ay = corners[i + 1];
      double bx = corners[next];
      double by = corners[next + 1];
      if ((y >= ay) != (y >= by) && x < (bx - ax) * (y - ay) / (by - ay) + ax) {
        inside = !inside;
      }
    }
    return inside;
  }

  private static double[] star() {
    double[] points = new double[20];
    for (int i = 0; i < 10; i++) {
      double radius = i % 2 == 0 ? 1.08 : 0.44;
      points[2 * i] = radius * Math.sin(Math.PI * i / 5);
      points[2 * i + 1] = -radius * Math.cos(Math.PI * i / 5);
    }
    return points;
  }

  private static double[] heart() {
    double[] points = new double[80];
    for (int i = 0; i < 40; i++) {
      double a = 2 * Math.PI * i / 40;
      double y = 13 * Math.cos(a) - 5 * Math.cos(2 * a) - 2 * Math.cos(3 * a) - Math.cos(4 * a);
      points[2 * i] = 16 * Math.pow(Math.sin(a), 3) / 16.5;
      points[2 * i + 1] = -(y + 2.5) / 16.5;
    }
    return points;
  }
}
