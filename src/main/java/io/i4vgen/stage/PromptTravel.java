// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.i4vgen.diffusion.PromptPath;
import io.i4vgen.diffusion.PromptPath.Interpolation;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Encodes a prompt for each frame: those of key frames, and what lies between them. Stands where {@link TextEncode}
 * would. Images (the candidates of I4VGen) have the text of frame 0.
 */
public final class PromptTravel implements Stage {

  private final Setting<FramePrompts> prompts;
  private final Setting<Interpolation> interpolation;
  private final Setting<Integer> frames;

  /**
   * Each option may be {@code null}, empty or {@code auto}.
   *
   * @param prompts as {@link FramePrompts} reads them; the job's prompt stands at frame 0 if they say nothing of it
   * @param frames of the video
   */
  public PromptTravel(String prompts, String interpolation, String frames) {
    this.prompts = Setting.text(name(), "prompts", "prompts", prompts,
        "frames and their prompts, each frame once, like '0: a red star; 8: a blue star'", FramePrompts::read);
    this.interpolation = Setting.choice(name(), "interpolation", interpolation, Interpolation.values());
    this.frames = Shared.frames(name(), frames);
  }

  @Override
  public String name() {
    return "prompt-travel";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(prompts, interpolation, frames);
  }

  @Override
  public void check(Job job, Models models) {
    Stage.super.check(job, models);
    prompts(job, models.describe(job.model()));
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    FramePrompts all = prompts(in.job(), pack);
    Interpolation between = interpolation.in(in.job(), pack).orElse(Interpolation.LINEAR);
    int count = Shared.frames(frames, in.job(), pack);
    try (Texts texts = Texts.of(in, context)) {
      NDList rows = new NDList(texts.negative());
      NDList keys = new NDList();
      all.prompts().forEach((frame, prompt) -> keys.add(texts.encode(prompt, "prompt of frame " + frame)));
      PromptPath path = new PromptPath(List.copyOf(all.prompts().keySet()), between);
      rows.add(path.along(NDArrays.concat(keys, 0), count));
      return in.with(Part.TEXT, NDArrays.concat(rows, 0)).with(new Step(name(), Map.of(
          "prompts", all.text(), "interpolation", Setting.word(between), "frames", Integer.toString(count),
          "negativePrompt", texts.negativePrompt())));
    }
  }

  /** @throws BadJob if a prompt is for a frame that the video has not */
  private FramePrompts prompts(Job job, PackDescription pack) {
    FramePrompts all = prompts.in(job, pack).map(some -> some.from(job.prompt()))
        .orElseGet(() -> new FramePrompts(new TreeMap<>(Map.of(0, job.prompt()))));
    int last = Shared.frames(frames, job, pack) - 1;
    if (all.prompts().lastKey() > last) {
      throw new BadJob("prompt-travel.prompts has one for frame %d: the frames of this video are 0 to %d".formatted(
          all.prompts().lastKey(), last));
    }
    return all;
  }
}
