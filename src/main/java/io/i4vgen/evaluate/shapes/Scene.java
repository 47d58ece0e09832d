// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.List;

/** The backgrounds of the world. */
public enum Scene {
  BLACK(List.of("on a black background", "on black", "in front of a black background"), colors(0, 0, 0), List.of()),
  GRAY(List.of("on a gray background", "on a grey background", "in front of a gray background"),
      colors(112, 112, 112), List.of()),
  SKY(List.of("in the sky", "in the blue sky", "in a cloudy sky"),
      colors(78, 140, 205, 96, 153, 210, 114, 165, 215, 132, 178, 220, 150, 190, 225, 188, 208, 226, 169, 199, 225,
          133, 174, 215), List.of()),
  HILLS(List.of("over green hills", "above green hills", "over the hills"), colors(72, 112, 66, 44, 84, 46),
      colors(120, 170, 200, 147, 185, 202, 175, 200, 205)),
  BEACH(List.of("on the beach", "at the beach", "on a sandy beach"), colors(45, 125, 145, 205, 180, 130),
      colors(130, 180, 205, 158, 196, 212, 185, 212, 218)),
  NIGHT(List.of("at night", "in the night sky", "under the stars at night"), colors(10, 12, 34, 17, 20, 48, 24, 28, 62),
      colors(165, 165, 175, 90, 90, 105)),
  CHECKERBOARD(List.of("on a checkerboard", "on a checkered board", "in front of a checkerboard"),
      colors(70, 70, 76, 138, 138, 144), colors(104, 104, 110));

  private final List<String> words;
  private final List<Rgb> marks;
  private final List<Rgb> others;

  Scene(List<String> words, List<Rgb> marks, List<Rgb> others) {
    this.words = words;
    this.marks = marks;
    this.others = others;
  }

  /** What prompts call it; the first is the canonical one. */
  public List<String> words() {
    return words;
  }

  /** The colours that it is known by. */
  List<Rgb> marks() {
    return marks;
  }

  /** Colours that it also has, but that say nothing: two scenes have a pale sky. */
  List<Rgb> others() {
    return others;
  }

  private static List<Rgb> colors(int... levels) {
    Rgb[] colors = new Rgb[levels.length / 3];
    for (int i = 0; i < colors.length; i++) {
      colors[i] = new Rgb(levels[3 * i], levels[3 * i + 1], levels[3 * i + 2]);
    }
    return List.of(colors);
  }
}
