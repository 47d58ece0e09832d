// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import io.i4vgen.media.Clip;
import io.i4vgen.media.Picture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Draws clips that show exactly what a spec says, somewhere, at some size and speed; x and y from -1 to 1. */
public final class GroundTruth {

  private static final int SIDE = 128;
  private static final int FRAMES = 16;
  private static final int FINE = 3;
  private static final double[][] WAYS = {{0, 0}, {-1, 0}, {1, 0}, {0, -1}, {0, 1}, {0, 0}, {0, 0}, {0, 0}, {0, 0}};
  private static final double[][] SIDES = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};

  private final Random random;

  GroundTruth(long seed) {
    this.random = new Random(seed);
  }

  /** A clip of 16 frames. */
  Clip clip(Spec spec) {
    Drawing drawing = drawing(spec);
    return new Clip(8, IntStream.range(0, FRAMES).mapToObj(drawing::frame).toList());
  }

  /** The first frame of a clip: what may be given to pipelines that begin from a picture. */
  public static Picture still(Spec spec, long seed) {
    return new GroundTruth(seed).drawing(spec).frame(0);
  }

  /** The outlines of the things in the still of the same seed, white on black, 3 pixels wide. */
  public static Picture outlines(Spec spec, long seed) {
    return new GroundTruth(seed).drawing(spec).outlines(0);
  }

  private Drawing drawing(Spec spec) {
    Scenery scenery = new Scenery(spec.scene(), random);
    double[] way = WAYS[spec.motion().ordinal()];
    double travel = (spec.hasTwo() ? 0.62 : 0.85) * between(0.9, 1.15);
    double[] radii = {radius(spec), radius(spec)};
    double[] axis = spec.relation().map(relation -> SIDES[relation.ordinal()]).orElse(new double[2]);
    double gap = (radii[0] + radii[1]) / 2 + 0.06 + between(0, 0.16);
    double reach = 1.2 * Math.max(radii[0], radii[1]);
    double x = centre(Math.abs(axis[0]) * gap + reach + Math.abs(way[0]) * travel / 2);
    double y = centre(Math.abs(axis[1]) * gap + reach + Math.abs(way[1]) * travel / 2
        + (spec.motion() == Motion.BOUNCE ? 0.28 : 0));
    double spin = spec.motion() == Motion.SPIN ? between(0.17, 0.27) * (random.nextBoolean() ? 1 : -1) : 0;
    double phase = between(0, 1);
    double[] levels = scenery.levels(SIDE);
    return new Drawing(spec, levels, t -> {
      double k = t / (FRAMES - 1.0);
      double hop = spec.motion() == Motion.BOUNCE ? 0.28 - 0.56 * Math.abs(Math.sin(Math.PI * (2 * k + phase))) : 0;
      double scale = spec.motion() == Motion.GROW ? 0.55 + 0.65 * k
          : spec.motion() == Motion.SHRINK ? 1.2 - 0.65 * k : 1;
      List<Pose> poses = new ArrayList<>();
      for (int i = 0; i < spec.things().size(); i++) {
        double side = spec.hasTwo() ? i == 0 ? gap : -gap : 0;
        poses.add(new Pose(x + axis[0] * side + way[0] * (k - 0.5) * travel,
            y + axis[1] * side + way[1] * (k - 0.5) * travel + hop, radii[i] * scale, spin * t));
      }
      return poses;
    });
  }

  private double between(double least, double most) {
    return least + (most - least) * random.nextDouble();
  }

  private double radius(Spec spec) {
    double[] sizes = spec.hasTwo() ? new double[] {0.22, 0.30} : new double[] {0.22, 0.32, 0.44};
    return sizes[random.nextInt(sizes.length)] * between(0.94, 1.06);
  }

  private double centre(double half) {
    double room = Math.min(0.55, Math.max(0, 0.97 - half));
    return between(-room, room);
  }

  /** Where a thing is, its size and how far it is turned. */
  private record Pose(double x, double y, double radius, double angle) {}

  /**
   * Clips of one scene.
   *
   * @param background red, green and blue of every pixel
   * @param poses of the things in a frame
   */
  private record Drawing(Spec spec, double[] background, IntFunction<List<Pose>> poses) {

    Picture frame(int t) {
      double[] levels = background.clone();
      List<Pose> now = poses.apply(t);
      for (int thing = 0; thing < now.size(); thing++) {
        Rgb rgb = spec.things().get(thing).paint().color();
        double[] color = {rgb.red(), rgb.green(), rgb.blue()};
        double[] cover = cover(spec.things().get(thing).figure(), now.get(thing));
        for (int i = 0; i < levels.length; i++) {
          levels[i] += cover[i / 3] * (color[i % 3] - levels[i]);
        }
      }
      return picture(levels);
    }

    /** What lies in front hides what lies behind. */
    Picture outlines(int t) {
      double[] levels = new double[3 * SIDE * SIDE];
      List<Pose> now = poses.apply(t);
      for (int thing = 0; thing < now.size(); thing++) {
        double[] cover = cover(spec.things().get(thing).figure(), now.get(thing));
        for (int i = 0; i < cover.length; i++) {
          double most = around(cover, i, Math::max);
          if (most > 0.5 || thing == 0) {
            Arrays.fill(levels, 3 * i, 3 * i + 3, 255 * (most - around(cover, i, Math::min)));
          }
        }
      }
      return picture(levels);
    }
  }

  /** The most, or the least, of a pixel and the eight around it. */
  private static double around(double[] cover, int pixel, DoubleBinaryOperator choice) {
    double chosen = cover[pixel];
    for (int dy = -1; dy <= 1; dy++) {
      for (int dx = -1; dx <= 1; dx++) {
        int x = pixel % SIDE + dx;
        int y = pixel / SIDE + dy;
        if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) {
          chosen = choice.applyAsDouble(chosen, cover[y * SIDE + x]);
        }
      }
    }
    return chosen;
  }

  /** Which part of each pixel the figure covers. */
  private static double[] cover(Figure figure, Pose pose) {
    double[] cover = new double[SIDE * SIDE];
    for (int i = 0; i < cover.length; i++) {
      cover[i] = cover(figure, i % SIDE, i / SIDE, pose.x, pose.y, pose.radius, pose.angle);
    }
    return cover;
  }

  /** Which part of a pixel the figure covers. */
  private static double cover(Figure figure, int column, int row, double cx, double cy, double radius, double angle) {
    double left = 2.0 * column / SIDE - 1 - cx;
    double top = 2.0 * row / SIDE - 1 - cy;
    if (Math.hypot(left, top) > 1.3 * radius + 0.03) {
      return 0;
    }
    int inside = 0;
    for (int k = 0; k < FINE * FINE; k++) {
      double x = (left + (k % FINE + 0.5) / FINE * 2 / SIDE) / radius;
      double y = (top + (k / FINE + 0.5) / FINE * 2 / SIDE) / radius;
      inside += figure.contains(Math.cos(angle) * x + Math.sin(angle) * y, -Math.sin(angle) * x + Math.cos(angle) * y)
          ? 1 : 0;
    }
    return (double) inside / (FINE * FINE);
  }

  private static Picture picture(double[] levels) {
    byte[] rgb = new byte[levels.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.round(levels[i]);
    }
    return new Picture(SIDE, SIDE, rgb);
  }
}
