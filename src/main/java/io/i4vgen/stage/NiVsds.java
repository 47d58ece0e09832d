// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Extent;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.Seeds;
import io.i4vgen.diffusion.StepSizes;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.network.Backbone;
import java.util.List;
import java.util.Map;

/**
 * Animates the static video by noise-invariant video score distillation (I4VGen, stage 2: Algorithm 1). Where
 * neither job nor route nor pack say otherwise, with the numbers of the published code. Distillation is no sampling: of
 * the sampler only the timesteps count.
 */
public final class NiVsds implements Stage {

  private static final io.i4vgen.diffusion.NiVsds.Preset STANDARD = io.i4vgen.diffusion.NiVsds.CODE;

  private final Setting<List<Double>> stepSize;
  private final Setting<Double> until;
  private final Setting<Double> fraction;
  private final Grid grid;
  private final Setting<Double> guidance;

  /** Each option may be {@code null}, empty or {@code auto}: then the job, the preset or the pack decides. */
  public NiVsds(String stepSize, String until, String fraction, String steps, String guidance,
      String sampler) {
    this.stepSize = Setting.numbers(name(), "stepSize", null, stepSize, 0, 1000);
    this.until = Setting.number(name(), "until", null, until, 0, 1);
    this.fraction = Setting.number(name(), "fraction", null, fraction, 0, 1);
    this.grid = Grid.of(name(), steps, sampler);
    this.guidance = Shared.guidance(name(), guidance);
  }

  @Override
  public String name() {
    return "ni-vsds";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(stepSize, until, fraction, grid.steps(), guidance, grid.sampler());
  }

  @Override
  public void check(Job job, Models models) {
    Stage.super.check(job, models);
    grid.check(job, models);
    extent(job, models.describe(job.model()));
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Job job = in.job();
    NDArray video = in.require(Part.VIDEO, name());
    NDArray text = in.require(Part.TEXT, name());
    Scheduler scheduler = grid.scheduler(job, pack);
    StepSizes sizes = stepSize.in(job, pack).map(StepSizes::new).orElse(STANDARD.stepSizes());
    Extent extent = extent(job, pack);
    double scale = Shared.guidance(guidance, job, pack);
    NDArray noise = Windows.noise(in, Seeds.NI_VSDS, video.getShape());
    try (Lease<Backbone> unet = context.models().unet(pack);
        Steering steering = Steering.of(in, context, name(), video.getShape().get(0))) {
      Denoiser denoiser = new PromptedVideo(unet.get(), text, new Guidance(scale), Windows.of(in), steering,
          context.calls(job)).video(video);
      NDArray animated = new io.i4vgen.diffusion.NiVsds(scheduler).animate(denoiser, video, noise,
          extent.of(scheduler.timesteps(), scheduler.schedule().size()), sizes, context.steps(job, name()));
      return in.with(Part.VIDEO, animated).with(new Step(name(), Map.of("stepSize", sizes.text(),
          extent instanceof Extent.Until ? "until" : "fraction", Double.toString(share(extent)),
          "sampler", grid.kind(job, pack).key(), "steps", Integer.toString(scheduler.steps()),
          "guidance", Double.toString(scale))));
    }
  }

  /** The one of the two that is set nearer to the job; if neither is, the published code's. */
  private Extent extent(Job job, PackDescription pack) {
    return fraction.isNearerThan(until, job, pack)
        ? new Extent.Steps(fraction.in(job, pack).orElseThrow())
        : until.in(job, pack).<Extent>map(Extent.Until::new).orElse(STANDARD.extent());
  }

  private static double share(Extent extent) {
    return extent instanceof Extent.Until until ? until.fraction() : ((Extent.Steps) extent).fraction();
  }
}
