// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

/**
 * Which pixels belong to something.
 *
 * @param on row by row, {@code width * height}
 */
record Mask(int width, int height, boolean[] on) {

  int area() {
    int area = 0;
    for (boolean pixel : on) {
      area += pixel ? 1 : 0;
    }
    return area;
  }

  /** Without whatever is thinner than three pixels: eroded, then grown again inside itself. */
  Mask opened() {
    boolean[] core = new boolean[on.length];
    boolean[] opened = new boolean[on.length];
    for (int i = 0; i < on.length; i++) {
      core[i] = on[i] && !near(on, i, false);
    }
    for (int i = 0; i < on.length; i++) {
      opened[i] = on[i] && near(core, i, true);
    }
    return new Mask(width, height, opened);
  }

  /** Whether pixel {@code i} or one of its eight neighbours is {@code wanted}. */
  private boolean near(boolean[] pixels, int i, boolean wanted) {
    int x = i % width;
    int y = i / width;
    for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        if (pixels[v * width + u] == wanted) {
          return true;
        }
      }
    }
    return false;
  }

  /** The centre of gravity, pixels from the centre of the first pixel: x, y. */
  double[] centre() {
    long x = 0;
    long y = 0;
    for (int i = 0; i < on.length; i++) {
      x += on[i] ? i % width : 0;
      y += on[i] ? i / width : 0;
    }
    double area = Math.max(1, area());
    return new double[] {x / area, y / area};
  }

  /** 1 at a pixel of the mask, 0 elsewhere and outside, and between pixels what lies between. */
  double at(double x, double y) {
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    double u = x - left;
    double v = y - top;
    return (1 - v) * ((1 - u) * pixel(left, top) + u * pixel(left + 1, top))
        + v * ((1 - u) * pixel(left, top + 1) + u * pixel(left + 1, top + 1));
  }

  private int pixel(int x, int y) {
    return x >= 0 && y >= 0 && x < width && y < height && on[y * width + x] ? 1 : 0;
  }
}
