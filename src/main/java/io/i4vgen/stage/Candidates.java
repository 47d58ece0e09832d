// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.diffusion.Sampler;
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
 * Generates the candidate images with the video model itself, its motion modules off (I4VGen, stage 1): same
 * scheduler, same steps and same guidance as the video. Candidate i starts from the noise that frame i of the plain
 * baseline starts from, however many candidates there are.
 */
public final class Candidates implements Stage {

  private final Setting<Integer> count;
  private final Grid grid;
  private final Setting<Double> guidance;

  /** Each option may be {@code null}, empty or {@code auto}: then the job, the preset or the pack decides. */
  public Candidates(String count, String steps, String guidance, String sampler) {
    this.count = Setting.whole(name(), "count", "candidates", count, 1, 1024);
    this.grid = Grid.of(name(), steps, sampler);
    this.guidance = Shared.guidance(name(), guidance);
  }

  @Override
  public String name() {
    return "candidates";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(count, grid.steps(), guidance, grid.sampler());
  }

  @Override
  public void check(Job job, Models models) {
    Stage.super.check(job, models);
    grid.check(job, models);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Job job = in.job();
    NDArray text = in.require(Part.TEXT, name());
    int images = count.in(job, pack).orElse(16);
    Scheduler scheduler = grid.scheduler(job, pack);
    double scale = Shared.guidance(guidance, job, pack);
    Seeds seeds = new Seeds(job.seed());
    NDArray noise = seeds.noise(Seeds.INITIAL, in.memory(), Shared.latents(pack, images));
    try (Lease<Backbone> unet = context.models().unet(pack)) {
      Denoiser denoiser = new PromptedVideo(unet.get(), text, new Guidance(scale), Windows.of(in), Steering.NONE,
          context.calls(job)).images();
      NDArray latents = Sampler.denoise(denoiser, scheduler, noise, 0, seeds.draws(Seeds.CANDIDATES),
          context.steps(job, name()));
      return in.with(Part.CANDIDATES, latents).with(new Step(name(), Map.of("count", Integer.toString(images),
          "sampler", grid.kind(job, pack).key(), "steps", Integer.toString(scheduler.steps()),
          "guidance", Double.toString(scale))));
    }
  }
}
