// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.diffusion.LowPassFilter;
import io.i4vgen.diffusion.SamplerKind;
import io.i4vgen.diffusion.Seeds;
import io.i4vgen.generation.BadJob;
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
 * Denoises a noisy video several times, each time from the low frequencies of the last result and fresh high ones
 * (FreeInit, arXiv 2312.07537, Algorithm 1). Stands where {@link Denoise} would.
 */
public final class FreeInit implements Stage {

  private final Setting<Integer> iterations;
  private final Setting<LowPassFilter.Kind> filter;
  private final Setting<Double> spatial;
  private final Setting<Double> temporal;
  private final Setting<Integer> order;
  private final Setting<Boolean> fast;
  private final Setting<Double> guidance;
  private final Setting<SamplerKind> sampler;

  /** Each option may be {@code null}, empty or {@code auto}; then what FreeInit was published with holds. */
  public FreeInit(String iterations, String filter, String spatial, String temporal, String order, String fast,
      String guidance, String sampler) {
    this.iterations = Setting.whole(name(), "iterations", "iterations", iterations, 1, 100);
    this.filter = Setting.choice(name(), "filter", filter, LowPassFilter.Kind.values());
    this.spatial = Setting.number(name(), "spatial", null, spatial, 0, 1);
    this.temporal = Setting.number(name(), "temporal", null, temporal, 0, 1);
    this.order = Setting.whole(name(), "order", null, order, 1, 100);
    this.fast = Setting.text(name(), "fast", null, fast, "true or false", FreeInit::flag);
    this.guidance = Shared.guidance(name(), guidance);
    this.sampler = Grid.sampler(name(), sampler);
  }

  @Override
  public String name() {
    return "free-init";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(iterations, filter, spatial, temporal, order, fast, guidance, sampler);
  }

  @Override
  public void check(Job job, Models models, List<Stage> route) {
    Stage.super.check(job, models, route);
    PackDescription pack = models.describe(job.model());
    Handover.expected(sampler, job, pack, route.subList(0, route.indexOf(this))).ifPresent(handover -> {
      handover.scheduler(pack, 0);
      steps(handover);
    });
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Job job = in.job();
    NDArray noisy = in.require(Part.NOISY, name());
    NDArray text = in.require(Part.TEXT, name());
    Handover handover = Handover.of(in, sampler, pack);
    int steps = steps(handover);
    handover.warn(context, job, pack);
    double scale = Shared.guidance(guidance, job, pack);
    io.i4vgen.diffusion.FreeInit freeInit = freeInit(job, pack);
    Seeds seeds = new Seeds(job.seed());
    String origin = handover.video() ? Seeds.NOISE : Seeds.INITIAL;
    NDArray initial = Windows.noise(in, origin, noisy.getShape());
    try (Lease<Backbone> unet = context.models().unet(pack);
        Steering steering = Steering.of(in, context, name(), noisy.getShape().get(0))) {
      Shared.warnOfStills(unet.get(), noisy.getShape().get(0), context, job, pack);
      Denoiser denoiser = new PromptedVideo(unet.get(), text, new Guidance(scale), Windows.of(in), steering,
          context.calls(job)).video(noisy);
      NDArray video = freeInit.sample(denoiser, count -> Shared.scheduler(pack, handover.kind(), count, 0),
          steps, noisy, initial, seeds.random(Seeds.DENOISE), context.steps(job, name()));
      return in.without(Part.NOISY).with(Part.VIDEO, video).with(step(freeInit, handover, scale));
    }
  }

  /** FreeInit starts at the noisiest step: its results are noised that far again. */
  private static int steps(Handover handover) {
    int start = handover.start();
    if (start != 0) {
      throw new BadJob(("i4vgen-free-init-action starts from the noisiest step; the video before it is noised to step"
          + " %d: set noise.strength to 1").formatted(start));
    }
    return handover.steps();
  }

  private io.i4vgen.diffusion.FreeInit freeInit(Job job, PackDescription pack) {
    LowPassFilter standard = LowPassFilter.DEFAULT;
    LowPassFilter chosen = new LowPassFilter(filter.in(job, pack).orElse(standard.kind()),
        spatial.in(job, pack).orElse(standard.spatial()), temporal.in(job, pack).orElse(standard.temporal()),
        order.in(job, pack).orElse(standard.order()));
    return new io.i4vgen.diffusion.FreeInit(chosen, iterations.in(job, pack).orElse(5),
        fast.in(job, pack).orElse(false));
  }

  private Step step(io.i4vgen.diffusion.FreeInit freeInit, Handover handover, double scale) {
    LowPassFilter low = freeInit.filter();
    return new Step(name(), Map.of("iterations", Integer.toString(freeInit.iterations()),
        "filter", Setting.word(low.kind()), "spatial", Double.toString(low.spatial()),
        "temporal", Double.toString(low.temporal()), "order", Integer.toString(low.order()),
        "fast", Boolean.toString(freeInit.fast()), "sampler", handover.kind().key(),
        "steps", Integer.toString(handover.steps()),
        "guidance", Double.toString(scale)));
  }

  private static Boolean flag(String text) {
    return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
  }
}
