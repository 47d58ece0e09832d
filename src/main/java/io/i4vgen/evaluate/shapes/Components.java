// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

/**
 * The connected parts of a mask; pixels that touch at a corner are connected.
 *
 * @param largest the one of the most pixels; of equals, the one that ends first
 * @param count how many are large enough to be a thing
 */
record Components(Mask largest, int count) {

  static Components of(Mask mask, int leastArea) {
    int pixels = mask.on().length;
    int[] parts = new int[pixels];
    int[] stack = new int[pixels];
    int count = 0;
    int best = 0;
    int bestArea = 0;
    // From the last pixel backwards, so that a part is found at its last pixel.
    for (int i = pixels - 1; i >= 0; i--) {
      if (mask.on()[i] && parts[i] == 0) {
        int area = fill(mask, i, i + 1, parts, stack);
        count += area >= leastArea ? 1 : 0;
        if (area >= bestArea) {
          best = i + 1;
          bestArea = area;
        }
      }
    }
    boolean[] largest = new boolean[pixels];
    for (int i = 0; i < pixels; i++) {
      largest[i] = best > 0 && parts[i] == best;
    }
    return new Components(new Mask(mask.width(), mask.height(), largest), count);
  }

  /** Marks what is connected to {@code start}, and returns how many pixels that are. */
  private static int fill(Mask mask, int start, int mark, int[] parts, int[] stack) {
    int width = mask.width();
    int waiting = 0;
    int area = 0;
    stack[waiting++] = start;
    parts[start] = mark;
    while (waiting > 0) {
      int pixel = stack[--waiting];
      area++;
      int x = pixel % width;
      int y = pixel / width;
      for (int v = Math.max(0, y - 1); v <= Math.min(mask.height() - 1, y + 1); v++) {
        for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          int next = v * width + u;
          if (mask.on()[next] && parts[next] == 0) {
            parts[next] = mark;
            stack[waiting++] = next;
          }
        }
      }
    }
    return area;
  }
}
