// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.Regeneration;
import io.i4vgen.diffusion.SamplerKind;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.Seeds;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts a video back into noise, up to the timestep t_r from which it is denoised again (I4VGen, stage 2: regeneration).
 * Where there is no video yet, it starts one from pure noise: the plain baseline. Both ways the video is a noisy one
 * from here on, and only denoising makes it a clean one again.
 */
public final class Noise implements Stage {

  private final Setting<Double> strength;
  private final Setting<Integer> frames;
  private final Grid grid;

  /** Each option may be {@code null}, empty or {@code auto}: then the job, the preset or the pack decides. */
  public Noise(String strength, String frames, String steps, String sampler) {
    this.strength = Setting.number(name(), "strength", null, strength, 0, 1);
    this.frames = Shared.frames(name(), frames);
    this.grid = Grid.of(name(), steps, sampler);
  }

  @Override
  public String name() {
    return "noise";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(strength, frames, grid.steps(), grid.sampler());
  }

  @Override
  public void check(Job job, Models models, List<Stage> route) {
    Stage.super.check(job, models, route);
    grid.check(job, models);
    Shared.checkFrames(frames, job, models, route);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Scheduler scheduler = grid.scheduler(in.job(), pack);
    if (in.find(Part.ANCHOR).isPresent()) {
      in.require(Part.VIDEO, name());
    }
    Optional<NDArray> video = in.find(Part.VIDEO);
    return (video.isPresent() ? noised(in, video.get(), scheduler, pack) : fresh(in, scheduler, pack))
        .without(Part.VIDEO)
        .with(Fact.NOISED, video.isPresent())
        .with(Fact.STEPS, scheduler.steps())
        .with(Fact.SAMPLER, grid.kind(in.job(), pack).key());
  }

  private double strength(Job job, PackDescription pack) {
    return strength.in(job, pack).orElse(1.0);
  }

  /** What the stage that denoises will get. */
  Handover handover(Setting<SamplerKind> own, Job job, PackDescription pack, boolean video) {
    SamplerKind kind = grid.kind(job, pack);
    int steps = grid.scheduler(job, pack).steps();
    int start = video ? Regeneration.startIndex(steps, strength(job, pack)) : 0;
    return new Handover(own.in(job, pack).orElse(kind), kind, steps, start, video);
  }

  private Generation noised(Generation in, NDArray video, Scheduler scheduler, PackDescription pack) {
    double share = strength(in.job(), pack);
    int start = Regeneration.startIndex(scheduler.steps(), share);
    NDArray noise = Windows.noise(in, Seeds.NOISE, video.getShape());
    return in.with(Part.NOISY, Regeneration.noised(scheduler, video, noise, start))
        .with(Fact.START, start)
        .with(step(in, pack, scheduler, "strength", Double.toString(share)));
  }

  private Generation fresh(Generation in, Scheduler scheduler, PackDescription pack) {
    Job job = in.job();
    int count = Shared.frames(frames, job, pack);
    NDArray noise = Windows.noise(in, Seeds.INITIAL, Shared.latents(pack, count));
    return in.with(Part.NOISY, noise)
        .with(Fact.START, 0)
        .with(step(in, pack, scheduler, "frames", Integer.toString(count)));
  }

  private Step step(Generation in, PackDescription pack, Scheduler scheduler, String option, String value) {
    return new Step(name(), Map.of(option, value, "sampler", grid.kind(in.job(), pack).key(), "steps",
        Integer.toString(scheduler.steps())));
  }
}
