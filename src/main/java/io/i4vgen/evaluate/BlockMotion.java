// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.media.Clip;
import io.i4vgen.media.Picture;
import java.util.Arrays;
import java.util.List;

/**
 * How much moves in any clip, by VBench's rule for the dynamic degree: of each pair of frames the mean of the fastest
 * 5 % counts, and a clip is dynamic if that is above 6/256 of the shorter side in a quarter of its pairs. VBench takes
 * the speeds from an optical flow network (RAFT); here they come from matching blocks, without any weights, so single
 * clips near the threshold may be judged otherwise.
 *
 * @param speed mean over the pairs, in parts of the shorter side a frame
 * @param dynamic whether it moves enough
 */
record BlockMotion(double speed, boolean dynamic) {

  private static final int SIDE = 128;
  private static final int BLOCK = 8;
  private static final int REACH = 10;
  private static final double FASTEST = 0.05;
  private static final double THRESHOLD = 6.0 / 256;
  private static final double DYNAMIC_SHARE = 4.0 / 16;
  /** A block has moved if it fits elsewhere better than this share of how it fits where it was ... */
  private static final double CLEARLY = 0.8;
  /** ... and better by so many levels of 255 a pixel, which noise does not reach. */
  private static final int LEVELS = 3;

  /** @param clip one frame or more; of one nothing can be said to move */
  static BlockMotion of(Clip clip) {
    List<Gray> frames = clip.frames().stream().map(Gray::of).toList();
    double sum = 0;
    int fast = 0;
    for (int i = 1; i < frames.size(); i++) {
      double speed = speed(frames.get(i - 1), frames.get(i));
      sum += speed;
      fast += speed > THRESHOLD ? 1 : 0;
    }
    boolean dynamic = frames.size() > 1 && fast >= Math.max(1, Math.round(DYNAMIC_SHARE * frames.size()));
    return new BlockMotion(sum / Math.max(1, frames.size() - 1), dynamic);
  }

  /** Of the fastest blocks, in parts of the shorter side. */
  private static double speed(Gray before, Gray now) {
    int columns = now.width / BLOCK;
    double[] speeds = new double[columns * (now.height / BLOCK)];
    for (int i = 0; i < speeds.length; i++) {
      speeds[i] = moved(before, now, i % columns * BLOCK, i / columns * BLOCK);
    }
    Arrays.sort(speeds);
    int count = Math.max(1, (int) Math.round(FASTEST * speeds.length));
    double fastest = Arrays.stream(speeds).skip(Math.max(0, speeds.length - count)).average().orElse(0);
    return fastest / Math.min(now.width, now.height);
  }

  /** How far the block at {@code (x, y)} has come, pixels. */
  private static double moved(Gray before, Gray now, int x, int y) {
    int still = now.difference(before, x, y, 0, 0, Integer.MAX_VALUE);
    int best = still;
    double distance = 0;
    for (int dy = -REACH; dy <= REACH; dy++) {
      for (int dx = -REACH; dx <= REACH; dx++) {
        double length = Math.hypot(dx, dy);
        int difference = now.difference(before, x, y, dx, dy, best + 1);
        if (difference < best || difference == best && length < distance) {
          best = difference;
          distance = length;
        }
      }
    }
    boolean moves = best < CLEARLY * still && best < still - LEVELS * BLOCK * BLOCK;
    return moves ? distance : 0;
  }

  /** A picture without colours, made smaller by a whole number so that its shorter side is about {@link #SIDE}. */
  private static final class Gray {

    private final int width;
    private final int height;
    private final int[] levels;

    private Gray(int width, int height) {
      this.width = width;
      this.height = height;
      this.levels = new int[width * height];
    }

    static Gray of(Picture picture) {
      int factor = (int) Math.max(1, Math.round(Math.min(picture.width(), picture.height()) / (double) SIDE));
      Gray gray = new Gray(picture.width() / factor, picture.height() / factor);
      for (int i = 0; i < gray.levels.length; i++) {
        gray.levels[i] = mean(picture, i % gray.width * factor, i / gray.width * factor, factor);
      }
      return gray;
    }

    private static int mean(Picture picture, int left, int top, int factor) {
      int sum = 0;
      for (int y = top; y < top + factor; y++) {
        for (int x = left; x < left + factor; x++) {
          int color = picture.color(x, y);
          sum += (color >> 16) + (color >> 8 & 0xFF) + (color & 0xFF);
        }
      }
      return sum / (3 * factor * factor);
    }

    /** Of a block from that of {@code before} at {@code (x - dx, y - dy)}; too large if it leaves the picture. */
    int difference(Gray before, int x, int y, int dx, int dy, int enough) {
      int fromX = x - dx;
      int fromY = y - dy;
      if (fromX < 0 || fromY < 0 || fromX + BLOCK > width || fromY + BLOCK > height) {
        return Integer.MAX_VALUE;
      }
      int sum = 0;
      for (int row = 0; row < BLOCK && sum < enough; row++) {
        int here = (y + row) * width + x;
        int there = (fromY + row) * width + fromX;
        for (int column = 0; column < BLOCK; column++) {
          sum += Math.abs(levels[here + column] - before.levels[there + column]);
        }
      }
      return sum;
    }
  }
}
