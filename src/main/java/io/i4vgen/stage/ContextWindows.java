// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.diffusion.ContextWindows.Weights;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.network.Backbone;
import java.util.List;
import java.util.Map;

/**
 * Lets every stage after it work on videos of any length: the model sees them through overlapping windows, and what it
 * says of a frame is averaged over the windows that the frame is in. FreeNoise (Qiu et al., arXiv 2310.15169) averages
 * within the temporal attention, and makes the noise of all windows from that of the first.
 */
public final class ContextWindows implements Stage {

  private static final int LONGEST = 4096;

  private final Setting<Windows.Method> method;
  private final Setting<Integer> length;
  private final Setting<Integer> stride;
  private final Setting<Weights> weights;
  private final Setting<Windows.Mean> mean;

  /**
   * Each option may be {@code null}, empty or {@code auto}.
   *
   * @param length of a window; else as many frames as the pack's videos have
   * @param stride else a quarter of the length, as FreeNoise was published; three quarters for {@code uniform}
   * @param mean of what windows are averaged: {@code attention}, or {@code prediction}, as it is for {@code uniform} if
   *     nobody says more
   */
  public ContextWindows(String method, String length, String stride, String weights, String mean) {
    this.method = Setting.choice(name(), "method", method, Windows.Method.values());
    this.length = Setting.whole(name(), "length", null, length, 1, LONGEST);
    this.stride = Setting.whole(name(), "stride", null, stride, 1, LONGEST);
    this.weights = Setting.choice(name(), "weights", weights, Weights.values());
    this.mean = Setting.choice(name(), "mean", mean, Windows.Mean.values());
  }

  /** As Kamelets make it that were copied before it had all options. */
  public ContextWindows(String method, String length, String stride, String weights) {
    this(method, length, stride, weights, null);
  }

  @Override
  public String name() {
    return "context-windows";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(method, length, stride, weights, mean);
  }

  @Override
  public void check(Job job, Models models) {
    Stage.super.check(job, models);
    PackDescription pack = models.describe(job.model());
    Windows windows = windows(job, pack);
    try (Lease<Backbone> unet = models.unet(pack)) {
      if (windows.length() > unet.get().maxFrames()) {
        throw new BadJob("context-windows.length is '%d': the motion modules of pack '%s' know 1 to %d".formatted(
            windows.length(), pack.name(), unet.get().maxFrames()));
      }
    }
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    Windows windows = windows(in.job(), context.pack(in));
    return in.with(Fact.WINDOWS, windows.text()).with(new Step(name(), Map.of(
        "method", Setting.word(windows.method()), "length", Integer.toString(windows.length()),
        "stride", Integer.toString(windows.stride()), "weights", Setting.word(windows.weights()),
        "mean", Setting.word(windows.mean()))));
  }

  private Windows windows(Job job, PackDescription pack) {
    Windows.Method how = method.in(job, pack).orElse(Windows.Method.FREENOISE);
    int frames = length.in(job, pack).orElse(pack.frames());
    int usual = how == Windows.Method.FREENOISE ? frames / 4 : frames * 3 / 4;
    int step = stride.in(job, pack).orElse(Math.max(1, usual));
    if (step > frames) {
      throw new BadJob("context-windows.stride is '%d': must be 1 to the windows' length, which is %d".formatted(step,
          frames));
    }
    Windows.Mean usualMean = how == Windows.Method.FREENOISE ? Windows.Mean.ATTENTION : Windows.Mean.PREDICTION;
    return new Windows(how, frames, step, weights.in(job, pack).orElse(Weights.PYRAMID),
        mean.in(job, pack).orElse(usualMean));
  }
}
