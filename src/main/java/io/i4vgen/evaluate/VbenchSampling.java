// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.media.Clip;
import io.i4vgen.media.Format;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.Images;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.VideoTags;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a pipeline's videos as VBench's protocol wants them: {@code PROMPT-INDEX.mp4} in one folder, no seed chosen by
 * its result. The seed of a video is the first seed and its index, and a table in the folder records it. What is there
 * already is not made again.
 */
public final class VbenchSampling {

  private static final String HEADER = "file,prompt,index,seed,recipe";
  private static final String TABLES = "sampled-*.csv";

  private final StageContext context;
  private final NDManager memory;
  private final Pipeline pipeline;
  private final PackDescription pack;
  private final Plan plan;

  /**
   * What is to be sampled.
   *
   * @param negativePrompt {@code null} for the pack's own
   * @param seed of each prompt's first video
   * @param fps frames a second; VBench's protocol for models of 16 frames is 8
   * @param share which part of the videos this process makes
   */
  public record Plan(List<VbenchPrompt> prompts, String negativePrompt, long seed, double fps, Path folder,
      Share share) {

    public Plan {
      prompts = List.copyOf(prompts);
      if (!(fps >= 0.1 && fps <= 240)) {
        throw new BadJob("fps is %s: must be a number from 0.1 to 240".formatted(fps));
      }
      share.requireSomeOf(prompts.stream().mapToInt(VbenchPrompt::videos).sum(), "videos");
    }
  }

  /**
   * A video that is to be made.
   *
   * @param index from 0
   */
  private record Sample(VbenchPrompt prompt, int index) {

    String name() {
      return prompt.name(index);
    }
  }

  /** Is told of every video. */
  @FunctionalInterface
  public interface Listener {

    /**
     * A video was written.
     *
     * @param done videos of this process's share that are there now
     * @param total videos that it will have
     * @param secondsLeft as it looks by what has been done so far
     */
    void written(String name, int done, int total, double secondsLeft);
  }

  /**
   * A sampling that has not begun.
   *
   * @param memory owner of the generations' tensors
   * @throws BadJob if the pipeline's pack is unknown
   */
  public VbenchSampling(StageContext context, NDManager memory, Pipeline pipeline, Plan plan) {
    this.context = context;
    this.memory = memory;
    this.pipeline = pipeline;
    this.pack = pipeline.pack(context.models());
    this.plan = plan;
  }

  /** The job of a prompt's first video, to check what can be checked of all. */
  public Job job(VbenchPrompt prompt) {
    return task(new Sample(prompt, 0)).job();
  }

  /**
   * Makes what is missing.
   *
   * @return how many videos are there now
   * @throws BadJob if the folder holds videos that were made with other weights, options or seeds, or can't hold one
   */
  public int run(Listener listener) throws IOException {
    List<Sample> samples = new ArrayList<>();
    plan.prompts().forEach(prompt -> {
      for (int i = 0; i < prompt.videos(); i++) {
        samples.add(new Sample(prompt, i));
      }
    });
    List<Sample> mine = plan.share().of(samples);
    Map<String, String> recipes = recipes();
    List<Sample> missing = new ArrayList<>();
    for (Sample sample : mine) {
      requireSame(sample, recipes);
      if (!Files.exists(path(sample)) || !recipes.containsKey(sample.name())) {
        missing.add(sample);
      }
    }
    LineFile table = new LineFile(plan.folder().resolve("sampled-" + plan.share().number() + "-of-"
        + plan.share().of() + ".csv"));
    if (!table.isWhole(HEADER)) {
      List<String> lines = table.lines();
      table.replace(lines.isEmpty() ? List.of(HEADER) : lines);
    }
    Countdown countdown = new Countdown(mine.size(), mine.size() - missing.size());
    for (Sample sample : missing) {
      write(sample);
      table.add(line(sample));
      countdown.tick();
      listener.written(sample.name(), countdown.done(), countdown.total(), countdown.secondsLeft());
    }
    return countdown.done();
  }

  private void write(Sample sample) throws IOException {
    Task task = task(sample);
    try (SharedStages stages = new SharedStages(context, memory, List.of(task))) {
      stages.<List<Path>, IOException>run(task, made -> Format.MP4.write(
          new Clip(plan.fps(), Images.pictures(made.generation().require(Part.FRAMES, "sample-vbench"))),
          path(sample), VideoTags.of(made.generation().with(Fact.ROUTE, pipeline.route()), task.pack())));
    }
  }

  private Task task(Sample sample) {
    return new Task(pipeline.stages(), new Job("sample-" + sample.index(), sample.prompt().text(),
        plan.negativePrompt(), plan.seed() + sample.index(), pack.folder().toString(), pipeline.parameters()), pack);
  }

  private Path path(Sample sample) {
    try {
      return plan.folder().resolve(sample.name());
    } catch (InvalidPathException e) {
      throw new BadJob("prompt '%s': no file here can have its name: %s".formatted(sample.prompt().text(),
          e.getReason()), e);
    }
  }

  private String line(Sample sample) {
    return Csv.line(List.of(sample.name(), sample.prompt().text(), Integer.toString(sample.index()),
        Long.toString(plan.seed() + sample.index()), recipe(sample)));
  }

  private String recipe(Sample sample) {
    return "%s-%s".formatted(task(sample).recipe(), plan.fps());
  }

  /** The recipe of every file in the folder's tables. */
  private Map<String, String> recipes() throws IOException {
    Map<String, String> recipes = new HashMap<>();
    if (!Files.isDirectory(plan.folder())) {
      return recipes;
    }
    try (DirectoryStream<Path> tables = Files.newDirectoryStream(plan.folder(), TABLES)) {
      for (Path table : tables) {
        List<String> lines = new LineFile(table).lines();
        for (int i = 1; i < lines.size(); i++) {
          List<String> values = Csv.values(lines.get(i));
          if (values.size() != HEADER.split(",").length) {
            throw new BadJob("%s:%d: not a row of this table".formatted(table, i + 1));
          }
          recipes.put(values.get(0), values.get(4));
        }
      }
    }
    return recipes;
  }

  private void requireSame(Sample sample, Map<String, String> recipes) {
    String recipe = recipes.get(sample.name());
    if (recipe != null && Files.exists(path(sample)) && !recipe.equals(recipe(sample))) {
      throw new BadJob(("%s: '%s' was made with another route, seed, or other weights, options or fps:"
          + " name another folder").formatted(plan.folder(), sample.name()));
    }
  }
}
