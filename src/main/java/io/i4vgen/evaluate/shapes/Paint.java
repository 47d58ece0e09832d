// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.List;
import java.util.Locale;

/** The colours of things. */
public enum Paint {
  RED(225, 30, 35), GREEN(40, 200, 60), BLUE(35, 70, 225), YELLOW(250, 220, 40), PURPLE(130, 40, 170),
  ORANGE(250, 130, 20), WHITE(252, 252, 252), PINK(250, 130, 190);

  private final Rgb color;

  Paint(int red, int green, int blue) {
    this.color = new Rgb(red, green, blue);
  }

  Rgb color() {
    return color;
  }

  /** What prompts call it; the first is the canonical one. */
  public List<String> words() {
    String name = name().toLowerCase(Locale.ROOT);
    return this == PURPLE ? List.of(name, "violet") : List.of(name);
  }
}
