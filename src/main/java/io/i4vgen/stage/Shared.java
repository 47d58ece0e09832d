// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.types.Shape;
import io.i4vgen.diffusion.SamplerKind;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.generation.BadJob;
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

  /** How many frames the video has: the pack's own number if nobody says another. */
  static int frames(Setting<Integer> frames, Job job, PackDescription pack) {
    return frames.in(job, pack).orElse(pack.frames());
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
    int wanted = frames(frames, job, pack);
    try (Lease<Backbone> unet = models.unet(pack)) {
      int most = unet.get().maxFrames();
      if (wanted > most) {
        throw new BadJob("frames is '%d': the motion modules of pack '%s' know 1 to %d; for more, put"
            .formatted(wanted, pack.name(), most) + " i4vgen-context-windows-action into the route, as long-video has");
      }
    }
  }

  /** Tells who makes a clip with a model of images that it is going to be none. */
  static void warnOfStills(Backbone unet, long frames, StageContext context, Job job, PackDescription pack) {
    if (frames > 1 && !unet.hasMotion()) {
      context.progress().warned(job, ("pack '%s' has no motion modules: its frames do not know of each other, and the"
          + " video is a row of %d pictures; with those of AnimateDiff in %s it moves").formatted(pack.name(), frames,
          pack.folder().resolve("motion_adapter")));
    }
  }

  static Setting<Double> guidance(String stage, String route) {
    return Setting.number(stage, "guidance", "guidance", route, 0, 100);
  }

  /** The guidance scale; Stable Diffusion's usual one if nobody says another. */
  static double guidance(Setting<Double> guidance, Job job, PackDescription pack) {
    return guidance.in(job, pack).orElse(7.5);
  }

  /** The shape of {@code count} latents of the pack's size: {@code [count, channels, height, width]}. */
  static Shape latents(PackDescription pack, int count) {
    Frame frame = pack.frame();
    return new Shape(count, frame.latentChannels(), frame.latentHeight(), frame.latentWidth());
  }

  /**
   * A sampler on the pack's noise schedule with so many steps.
   *
   * @throws BadJob if the schedule has no room for so many, or the sampler does not do what the pack's or the job's
   *     options ask for
   */
  static Scheduler scheduler(PackDescription pack, SamplerKind kind, int steps, double eta) {
    try {
      return kind.scheduler(pack.scheduler(), steps, eta);
    } catch (IllegalArgumentException e) {
      throw new BadJob("sampler %s of pack '%s' with %d steps: %s".formatted(kind.key(), pack.name(), steps,
          e.getMessage()), e);
    }
  }
}
