// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.diffusion.Sampler;
import io.i4vgen.diffusion.SamplerKind;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.Seeds;
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
 * Denoises a noisy video with the video model: the whole of the plain baseline, the regeneration of I4VGen (stage
 * 2). The number of steps is that of the grid that the noise was put on with, and so is the sampler if nobody says
 * another. What a multistep sampler remembers does not outlive the stage: what is kept between two stages is whole.
 */
public final class Denoise implements Stage {

  private final Setting<Double> guidance;
  private final Setting<Double> eta;
  private final Setting<SamplerKind> sampler;

  /** Each option may be {@code null}, empty or {@code auto}: then the job, the preset or the pack decides. */
  public Denoise(String guidance, String eta, String sampler) {
    this.guidance = Shared.guidance(name(), guidance);
    this.eta = Setting.number(name(), "eta", "eta", eta, 0, 1);
    this.sampler = Grid.sampler(name(), sampler);
  }

  @Override
  public String name() {
    return "denoise";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(guidance, eta, sampler);
  }

  @Override
  public void check(Job job, Models models, List<Stage> route) {
    Stage.super.check(job, models, route);
    PackDescription pack = models.describe(job.model());
    Handover.expected(sampler, job, pack, route.subList(0, route.indexOf(this)))
        .ifPresent(handover -> handover.scheduler(pack, eta(job, pack)));
  }

  private double eta(Job job, PackDescription pack) {
    return eta.in(job, pack).orElse(0.0);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Job job = in.job();
    NDArray noisy = in.require(Part.NOISY, name());
    NDArray text = in.require(Part.TEXT, name());
    double scale = Shared.guidance(guidance, job, pack);
    double fresh = eta(job, pack);
    Handover handover = Handover.of(in, sampler, pack);
    Scheduler scheduler = handover.scheduler(pack, fresh);
    int start = handover.start();
    handover.warn(context, job, pack);
    try (Lease<Backbone> unet = context.models().unet(pack);
        Steering steering = Steering.of(in, context, name(), noisy.getShape().get(0))) {
      Shared.warnOfStills(unet.get(), noisy.getShape().get(0), context, job, pack);
      Denoiser denoiser = new PromptedVideo(unet.get(), text, new Guidance(scale), Windows.of(in), steering,
          context.calls(job)).video(noisy);
      NDArray video = Sampler.denoise(denoiser, scheduler, noisy, start,
          new Seeds(job.seed()).random(Seeds.DENOISE), context.steps(job, name()));
      return in.without(Part.NOISY).with(Part.VIDEO, video).with(new Step(name(), Map.of(
          "sampler", handover.kind().key(), "steps", Integer.toString(scheduler.steps() - start),
          "guidance", Double.toString(scale), "eta", Double.toString(fresh))));
    }
  }
}
