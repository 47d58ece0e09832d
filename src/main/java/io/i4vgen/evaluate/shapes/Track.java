// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * How a thing goes through a clip, from straight lines laid through the frames in which it is seen.
 *
 * @param motion the class of it all
 * @param dx how far to the right from the first frame to the last, pixels
 * @param dy how far down
 * @param growth of the square root of its area from the first frame to the last, in parts of the mean
 * @param turn how much its silhouette differs from that of two frames before, 0 to 1
 * @param path the way it goes from frame to frame, pixels
 * @param consistency how much its silhouette is that of the first frame and of the one before, 0 to 1
 */
record Track(Motion motion, double dx, double dy, double growth, double turn, double path, double consistency) {

  private static final double CLEAR_TURN = 0.13;
  private static final double CLEAR_GROWTH = 0.3;
  private static final double FAR = 14;
  private static final double OFF_LINE = 5;
  private static final double CLEAR_PATH = 12;

  /** @param frames what each frame shows of the thing; at least three */
  static Track of(List<Seen> frames) {
    Line x = Line.through(frames, Seen::x);
    Line y = Line.through(frames, Seen::y);
    Line size = Line.through(frames, seen -> Math.sqrt(Math.max(1, seen.area())));
    double growth = size.rise() / Math.max(1, size.mean());
    double turn = turn(frames);
    Motion motion = motion(x.rise(), y.rise(), growth, turn, y.residual());
    return new Track(motion, x.rise(), y.rise(), growth, turn, path(frames), consistency(frames));
  }

  /** Whether anything happens at all: VBench's dynamic degree. */
  boolean dynamic() {
    return path > CLEAR_PATH || turn > CLEAR_TURN || Math.abs(growth) > CLEAR_GROWTH;
  }

  private static Motion motion(double dx, double dy, double growth, double turn, double offLine) {
    if (offLine > OFF_LINE) {
      return Motion.BOUNCE;
    }
    if (Math.max(Math.abs(dx), Math.abs(dy)) >= FAR) {
      return Math.abs(dx) > Math.abs(dy) ? dx < 0 ? Motion.LEFT : Motion.RIGHT : dy < 0 ? Motion.UP : Motion.DOWN;
    }
    if (Math.abs(growth) > CLEAR_GROWTH) {
      return growth > 0 ? Motion.GROW : Motion.SHRINK;
    }
    return turn > CLEAR_TURN ? Motion.SPIN : Motion.STATIC;
  }

  private static double turn(List<Seen> frames) {
    double same = 0;
    int pairs = 0;
    for (int i = 2; i < frames.size(); i++) {
      if (frames.get(i).present() && frames.get(i - 2).present()) {
        same += frames.get(i).silhouette().overlap(frames.get(i - 2).silhouette());
        pairs++;
      }
    }
    return 1 - same / Math.max(1, pairs);
  }

  private static double path(List<Seen> frames) {
    double path = 0;
    for (int i = 1; i < frames.size(); i++) {
      Seen before = frames.get(i - 1);
      Seen now = frames.get(i);
      path += before.present() && now.present() ? Math.hypot(now.x() - before.x(), now.y() - before.y()) : 0;
    }
    return path;
  }

  private static double consistency(List<Seen> frames) {
    double sum = 0;
    for (int i = 1; i < frames.size(); i++) {
      Silhouette now = frames.get(i).silhouette();
      if (frames.get(i).present()) {
        sum += 0.5 * (now.overlap(frames.get(0).silhouette()) + now.overlap(frames.get(i - 1).silhouette()));
      }
    }
    return sum / (frames.size() - 1);
  }

  /**
   * A line of least squares through what the frames say in which the thing is seen.
   *
   * @param rise from the first frame to the last
   * @param residual root mean square of the distance from it
   */
  private record Line(double rise, double mean, double residual) {

    static Line through(List<Seen> frames, ToDoubleFunction<Seen> value) {
      double count = Math.max(1, sum(frames, i -> 1));
      double time = sum(frames, i -> i) / count;
      double spread = Math.max(1e-6, sum(frames, i -> (i - time) * (i - time)));
      double mean = sum(frames, i -> value.applyAsDouble(frames.get(i))) / count;
      double slope = sum(frames, i -> (i - time) * (value.applyAsDouble(frames.get(i)) - mean)) / spread;
      double square = sum(frames, i -> {
        double off = value.applyAsDouble(frames.get(i)) - mean - slope * (i - time);
        return off * off;
      });
      return new Line(slope * (frames.size() - 1), mean, Math.sqrt(square / count));
    }

    private static double sum(List<Seen> frames, IntToDoubleFunction term) {
      double sum = 0;
      for (int i = 0; i < frames.size(); i++) {
        sum += frames.get(i).present() ? term.applyAsDouble(i) : 0;
      }
      return sum;
    }
  }
}
