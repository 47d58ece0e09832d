// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.List;

/** Where the first of two things is, seen from the second. */
public enum Relation {
  LEFT("to the left of", "on the left of", "left of"),
  RIGHT("to the right of", "on the right of", "right of"),
  ABOVE("above", "on top of"),
  BELOW("below", "under", "beneath");

  /** By how many pixels, at least, centres must differ along the axis. */
  private static final double CLEAR = 4;

  private final List<String> words;

  Relation(String... words) {
    this.words = List.of(words);
  }

  /** What prompts call it; the first is the canonical one. */
  public List<String> words() {
    return words;
  }

  /**
   * Whether it holds, clearly, and along the longer of the two distances.
   *
   * @param dx first minus second, pixels to the right
   * @param dy first minus second, pixels down
   */
  boolean holds(double dx, double dy) {
    boolean along = this == LEFT || this == RIGHT ? Math.abs(dx) > Math.abs(dy) : Math.abs(dy) > Math.abs(dx);
    return along && switch (this) {
      case LEFT -> dx < -CLEAR;
      case RIGHT -> dx > CLEAR;
      case ABOVE -> dy < -CLEAR;
      case BELOW -> dy > CLEAR;
    };
  }
}
