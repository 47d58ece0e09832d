// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import io.i4vgen.stage.Progress;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One line for each step of a route: a bar, the speed and the time to go while it runs, what came of it when it is
 * done. A terminal sees the line grow; elsewhere only the finished line is written.
 */
final class ConsoleProgress implements Progress {

  private static final int WIDTH = 24;
  /** A step's name, of which the longest is {@code context-windows}. */
  private static final String NAME = "  %-15s";

  /** Block characters where the console can show them. */
  private static final String[] BAR = Charset.defaultCharset().newEncoder().canEncode('█')
      ? new String[] {"█", "░"} : new String[] {"#", "-"};

  private final StatusLine out;
  private long start;
  private int steps;

  ConsoleProgress(StatusLine out) {
    this.out = out;
  }

  @Override
  public void resumed(Job job, String stage) {
    out.finish("  goes on after %s, where it was interrupted".formatted(stage));
  }

  @Override
  public void started(Job job, String stage) {
    start = System.nanoTime();
    steps = 0;
    out.redraw(NAME.formatted(stage));
  }

  @Override
  public void advanced(Job job, String stage, int done, int total) {
    steps = total;
    double seconds = (System.nanoTime() - start) / 1e9;
    double speed = done / seconds;
    out.redraw(line(stage, bar(done, total), "%d/%d  %s  ETA %s".formatted(done, total, speed(speed),
        seconds((total - done) / speed))));
  }

  @Override
  public void finished(Generation result, String stage, Duration time) {
    double seconds = time.toNanos() / 1e9;
    String count = steps > 1 ? "%d steps, %s".formatted(steps, speed(steps / seconds)) : "";
    String text = "%8s  %s".formatted(seconds(seconds), detail(result, stage, count));
    out.finish(line(stage, bar(1, 1), text).stripTrailing());
  }

  @Override
  public void warned(Job job, String message) {
    out.finish("  warning: " + message);
  }

  private static String detail(Generation result, String stage, String count) {
    return switch (stage) {
      case "image-reward" -> result.rewards().length == 0 ? "unscored" : scores(result.rewards());
      case "select-anchor" -> anchor(result);
      case "retrieve" -> picture(result);
      default -> count;
    };
  }

  /** Which file of the folder is the anchor, and its reward. */
  private static String picture(Generation result) {
    List<Step> steps = result.provenance();
    return text("%s of %d pictures, reward %.2f", steps.get(steps.size() - 1).options().get("image"),
        result.rewards().length, result.rewards()[Integer.parseInt(result.find(Fact.ANCHOR).orElseThrow())]);
  }

  /** Best, middle and worst of the rewards. */
  private static String scores(float[] rewards) {
    float[] sorted = rewards.clone();
    Arrays.sort(sorted);
    if (sorted.length == 1) {
      return text("1 image, reward %.2f", sorted[0]);
    }
    return text("%d images, rewards %.2f to %.2f, median %.2f", sorted.length, sorted[0], sorted[sorted.length - 1],
        (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2);
  }

  /** Which candidate the anchor is, from 0, its reward and its rank. */
  static String anchor(Generation result) {
    float[] rewards = result.rewards();
    int index = result.find(Fact.ANCHOR).map(Integer::valueOf).orElse(0);
    if (rewards.length == 0) {
      return "candidate %d, unscored".formatted(index);
    }
    int rank = 1;
    for (float reward : rewards) {
      rank += reward > rewards[index] ? 1 : 0;
    }
    return text("candidate %d, reward %.2f, rank %d of %d", index, rewards[index], rank, rewards.length);
  }

  private static String line(String stage, String bar, String text) {
    return (NAME + " %s  %s").formatted(stage, bar, text);
  }

  private static String bar(int done, int total) {
    int filled = (int) ((long) WIDTH * done / total);
    return BAR[0].repeat(filled) + BAR[1].repeat(WIDTH - filled);
  }

  private static String speed(double perSecond) {
    return perSecond >= 1 ? text("%.1f steps/s", perSecond) : text("%.1f s/step", 1 / perSecond);
  }

  private static String seconds(double seconds) {
    return seconds < 100 ? text("%.1f s", seconds) : text("%d:%02d min", (long) seconds / 60, (long) seconds % 60);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
