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
import java.util.Optional;

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
    return new Handover(own.in(in.job(), pack).orElse(from), from, Integer.parseInt(fact(in, Fact.STEPS)),
        Integer.parseInt(fact(in, Fact.START)), Boolean.parseBoolean(fact(in, Fact.NOISED)));
  }

  private static String fact(Generation in, Fact fact) {
    return in.find(fact).orElseThrow(() -> new IllegalStateException(
        "a noisy video came without '%s'".formatted(fact.key())));
  }

  /**
   * What the last {@link Noise} before a stage will hand over to it, told before anything runs.
   *
   * @param own the sampler of the stage
   * @param before the steps of the route that come before the stage
   * @return nothing if no noise is among them
   */
  static Optional<Handover> expected(Setting<SamplerKind> own, Job job, PackDescription pack, List<Stage> before) {
    Optional<Handover> handover = Optional.empty();
    boolean video = false;
    for (Stage stage : before) {
      if (stage instanceof Noise noise) {
        handover = Optional.of(noise.handover(own, job, pack, video));
        video = false; // it is a noisy one from here on
      } else {
        video |= Part.VIDEO.isMadeBy(stage.name());
      }
    }
    return handover;
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
