// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.diffusion.SamplerKind;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;

/**
 * The two options that say which timesteps a stage visits.
 *
 * @param steps how many
 * @param sampler whose
 */
record Grid(Setting<Integer> steps, Setting<SamplerKind> sampler) {

  private static final int STEPS = 25;

  /** Each may be {@code null}, empty or {@code auto}: then the job, the preset or the pack decides. */
  static Grid of(String stage, String steps, String sampler) {
    return new Grid(Setting.whole(stage, "steps", "steps", steps, 1, 1000), sampler(stage, sampler));
  }

  /** The option {@code sampler} alone, of stages that take the steps of others. */
  static Setting<SamplerKind> sampler(String stage, String route) {
    return Setting.text(stage, "sampler", "sampler", route, "one of " + SamplerKind.names(),
        text -> SamplerKind.named(text).orElse(null));
  }

  /** The sampler; its pack's own if nobody says another. */
  SamplerKind kind(Job job, PackDescription pack) {
    return sampler.in(job, pack).orElse(pack.scheduler().sampler());
  }

  Scheduler scheduler(Job job, PackDescription pack) {
    return Shared.scheduler(pack, kind(job, pack), steps.in(job, pack).orElse(STEPS), 0);
  }

  /** @throws io.i4vgen.generation.BadJob if the pack's training timesteps have no room for so many steps */
  void check(Job job, Models models) {
    scheduler(job, models.describe(job.model()));
  }
}
