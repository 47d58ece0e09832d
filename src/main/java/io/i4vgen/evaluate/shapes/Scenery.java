// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.Random;

/** Draws a scene's background, a little differently each time; x and y from -1 to 1. */
final class Scenery {

  private final Scene scene;
  private final double phase;
  private final double[] places;

  Scenery(Scene scene, Random random) {
    this.scene = scene;
    this.phase = 2 * Math.PI * random.nextDouble();
    this.places = random.doubles(32, -0.95, 0.95).toArray();
  }

  /** Red, green and blue of every pixel, 0 to 255. */
  double[] levels(int side) {
    double[] levels = new double[3 * side * side];
    for (int i = 0; i < side * side; i++) {
      double[] color = color((2.0 * (i % side) + 1) / side - 1, (2.0 * (i / side) + 1) / side - 1);
      System.arraycopy(color, 0, levels, 3 * i, 3);
    }
    return levels;
  }

  private double[] color(double x, double y) {
    return switch (scene) {
      case BLACK -> new double[3];
      case GRAY -> rgb(112, 112, 112);
      case SKY -> mix(mix(rgb(78, 140, 205), rgb(150, 190, 225), (y + 1) / 2), rgb(188, 208, 226), cloud(x, y));
      case HILLS -> y > 0.42 + 0.14 * Math.sin(3.2 * x + phase) ? rgb(44, 84, 46)
          : y > 0.15 + 0.14 * Math.sin(2.2 * x - phase) ? rgb(72, 112, 66)
          : mix(rgb(120, 170, 200), rgb(175, 200, 205), (y + 1) / 1.6);
      case BEACH -> y > 0.38 + 0.06 * Math.sin(3 * x + phase) ? rgb(205, 180, 130)
          : y > 0.05 ? rgb(45, 125, 145) : mix(rgb(130, 180, 205), rgb(185, 212, 218), (y + 1) / 1.1);
      case NIGHT -> star(x, y) ? rgb(165, 165, 175) : mix(rgb(10, 12, 34), rgb(24, 28, 62), (y + 1) / 2);
      case CHECKERBOARD -> Math.sin(2 * Math.PI * x) * Math.sin(2 * Math.PI * y) > 0 == phase < Math.PI
          ? rgb(70, 70, 76) : rgb(138, 138, 144);
    };
  }

  private double cloud(double x, double y) {
    return 1.5 - Math.hypot((x - 0.8 * places[0]) / 1.2, y + 0.3 - 0.6 * places[1]) / 0.2;
  }

  private boolean star(double x, double y) {
    for (int i = 0; i < places.length; i += 2) {
      if (Math.hypot(x - places[i], y - places[i + 1]) < 0.035) {
        return true;
      }
    }
    return false;
  }

  private static double[] mix(double[] from, double[] to, double share) {
    double part = Math.min(1, Math.max(0, share));
    return new double[] {from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1]),
        from[2] + part * (to[2] - from[2])};
  }

  private static double[] rgb(double red, double green, double blue) {
    return new double[] {red, green, blue};
  }
}
