// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.types.Shape;
import io.i4vgen.diffusion.Ddim;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.SchedulerConfig;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Frame;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.network.Backbone;
import java.util.List;


/** What several stages have in common: options, each with the one name by which a job sets it for all, and shapes. */
final class Shared {

  private Shared() {}

  static Setting<Integer> frames(String stage, String route) {
    return Setting.whole(stage, "frames", "frames", route, 1, 4096);
  }

  /**
   * Whether the pack's motion modules know so many frames: they have a table of positions, and no more rows than that.
   * Through windows they see any number.
   *
   * @throws BadJob if it is too short
   */
  static void checkFrames(Setting<Integer> frames, Job job, Models models, List<Stage> route) {
    if (route.stream().anyMatch(ContextWindows.class::isInstance)) {
      return;
    }
    PackDescription pack = models.describe(job.model());
    int wanted = frames.in(job, pack).orElse(pack.frames());
    try (Lease<Backbone> unet = models.unet(pack)) {
      int most = unet.get().maxFrames();
      if (wanted > most) {
        throw new BadJob("frames is '%d': the motion modules of pack '%s' know 1 to %d; for more, put"
            .formatted(wanted, pack.name(), most) + " i4vgen-context-windows-action into the route, as long-video has");
      }
    }
  }

  static Setting<Integer> steps(String stage, String route) {
    return Setting.whole(stage, "steps", "steps", route, 1, 1000);
  }

  static Setting<Double> guidance(String stage, String route) {
    return Setting.number(stage, "guidance", "guidance", route, 0, 100);
  }

  /** The shape of {@code count} latents of the pack's size: {@code [count, channels, height, width]}. */
  static Shape latents(PackDescription pack, int count) {
    Frame frame = pack.frame();
    return new Shape(count, frame.latentChannels(), frame.latentHeight(), frame.latentWidth());
  }

  /** The pack's scheduler with so many steps. */
  static Scheduler scheduler(PackDescription pack, int steps, double eta) {
    SchedulerConfig config = pack.scheduler();
    if (steps > config.trainTimesteps()) {
      throw new BadJob("steps is '%d': pack '%s' was trained with %d timesteps, so at most so many"
          .formatted(steps, pack.name(), config.trainTimesteps()));
    }
    return new Ddim(config, steps, eta);
  }

  /** A number that {@link Noise} left beside the noisy video. */
  static int fact(Generation in, Fact fact) {
    return in.find(fact).map(Integer::parseInt).orElseThrow(() -> new IllegalStateException(
        "a noisy video came without '%s'".formatted(fact.key())));
  }
}
