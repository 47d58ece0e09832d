// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.diffusion.Sampler;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.Seeds;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Lease;
import io.i4vgen.model.PackDescription;
import io.i4vgen.network.Backbone;
import java.util.List;
import java.util.Map;

/**
 * Denoises a noisy video with the video model: the whole of the plain baseline, the regeneration of I4VGen (Section
 * 3.3). The grid of timesteps is the one that the noise was put on with.
 */
public final class Denoise implements Stage {

  private final Setting<Double> guidance;
  private final Setting<Double> eta;

  /** Each option may be {@code null}, empty or {@code auto}: then the job, the preset or the pack decides. */
  public Denoise(String guidance, String eta) {
    this.guidance = Shared.guidance(name(), guidance);
    this.eta = Setting.number(name(), "eta", "eta", eta, 0, 1);
  }

  @Override
  public String name() {
    return "denoise";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(guidance, eta);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Job job = in.job();
    NDArray noisy = in.require(Part.NOISY, name());
    NDArray text = in.require(Part.TEXT, name());
    double scale = guidance.in(job, pack).orElse(7.5);
    double fresh = eta.in(job, pack).orElse(0.0);
    Scheduler scheduler = Shared.scheduler(pack, Shared.fact(in, Fact.STEPS), fresh);
    int start = Shared.fact(in, Fact.START);
    try (Lease<Backbone> unet = context.models().unet(pack)) {
      Denoiser denoiser = new PromptedVideo(unet.get(), text, new Guidance(scale), Windows.of(in), context.calls(job))
          .video();
      NDArray video = Sampler.denoise(denoiser, scheduler, noisy, start,
          new Seeds(job.seed()).random(Seeds.DENOISE), context.steps(job, name()));
      return in.without(Part.NOISY).with(Part.VIDEO, video).with(new Step(name(), Map.of(
          "steps", Integer.toString(scheduler.steps() - start), "guidance", Double.toString(scale),
          "eta", Double.toString(fresh))));
    }
  }
}
