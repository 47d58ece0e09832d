// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.diffusion.SamplerKind;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.model.PackDescription;
import java.util.List;

/**
 * A noisy video on its way from {@link Noise} to the stage that denoises it: that one takes over the number of steps,
 * the place on the grid and, if nobody gives it another, the sampler. Pure noise any sampler can start from; a noised
 * video only one whose grid has as much noise at that place.
 *
 * @param kind of the sampler that denoises
 * @param from the sampler whose grid the noise was put on for
 * @param steps of both grids
 * @param start the index of the step to begin with
 * @param video whether there was a video under the noise
 */
record Handover(SamplerKind kind, SamplerKind from, int steps, int start, boolean video) {

  /** More than the rounding of two ways to write one schedule. */
  private static final double SAME = 1e-4;

  /** As a generation brings it. */
  static Handover of(Generation in, Setting<SamplerKind> own, PackDescription pack) {
    SamplerKind from = in.find(Fact.SAMPLER).flatMap(SamplerKind::named).orElse(pack.scheduler().sampler());
    return new Handover(own.in(in.job(), pack).orElse(from), from, Shared.fact(in, Fact.STEPS),
        Shared.fact(in, Fact.START), in.find(Part.ANCHOR).isPresent());
  }

  /**
   * Checks, before anything runs, what the last {@link Noise} before a stage will hand over to it.
   *
   * @param own the sampler of the stage
   * @param eta of the stage
   * @throws BadJob as {@link #scheduler}
   */
  static void check(Setting<SamplerKind> own, double eta, Job job, PackDescription pack, List<Stage> before) {
    boolean video = before.stream().anyMatch(Replicate.class::isInstance);
    before.stream().filter(Noise.class::isInstance).reduce((first, last) -> last).map(Noise.class::cast)
        .ifPresent(noise -> noise.handover(own, job, pack, video).scheduler(pack, eta));
  }

  /**
   * The sampler to denoise with.
   *
   * @throws BadJob if it has no room for so many steps, no eta, or another grid than the noise was put on for
   */
  Scheduler scheduler(PackDescription pack, double eta) {
    Scheduler scheduler = Shared.scheduler(pack, kind, steps, eta);
    if (video && kind != from && start < steps) {
      requireSameNoise(scheduler, Shared.scheduler(pack, from, steps, 0));
    }
    return scheduler;
  }

  private void requireSameNoise(Scheduler mine, Scheduler before) {
    if (Math.abs(mine.alphaBar(start) - before.alphaBar(start)) > SAME) {
      throw new BadJob(("the video was noised for sampler %s, which begins at timestep %s, and is to be denoised by %s,"
          + " which begins at %s: give i4vgen-noise-action the same sampler").formatted(from.key(),
          before.timesteps()[start], kind.key(), mine.timesteps()[start]));
    }
  }

  /** What the user should know of the sampler, if it is the one that the pack's configuration names. */
  void warn(StageContext context, Job job, PackDescription pack) {
    if (kind == pack.scheduler().sampler()) {
      pack.scheduler().notes().forEach(note -> context.progress().warned(job,
          "pack '%s': %s".formatted(pack.name(), note)));
    }
  }
}
