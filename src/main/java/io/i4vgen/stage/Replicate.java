// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import java.util.List;
import java.util.Map;

/**
 * Repeats the anchor along time: the static video that NI-VSDS animates (I4VGen, stage 2). It stays in the latent
 * space, with no way through pixels and back.
 */
public final class Replicate implements Stage {

  private final Setting<Integer> frames;

  /** @param frames how many; {@code null}, empty or {@code auto} for the pack's own */
  public Replicate(String frames) {
    this.frames = Shared.frames("replicate", frames);
  }

  @Override
  public String name() {
    return "replicate";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(frames);
  }

  @Override
  public void check(Job job, Models models, List<Stage> route) {
    Stage.super.check(job, models, route);
    Shared.checkFrames(frames, job, models, route);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    NDArray anchor = in.require(Part.ANCHOR, name());
    int count = Shared.frames(frames, in.job(), pack);
    return in.with(Part.VIDEO, anchor.repeat(0, count))
        .with(new Step(name(), Map.of("frames", Integer.toString(count))));
  }
}
