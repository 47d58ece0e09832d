// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.evaluate.shapes.Judge;
import io.i4vgen.evaluate.shapes.Spec;
import io.i4vgen.evaluate.shapes.Verdict;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.media.Clip;
import io.i4vgen.media.Format;
import io.i4vgen.media.Tags;
import io.i4vgen.model.Kind;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackException;
import io.i4vgen.stage.ImageReward;
import io.i4vgen.stage.Images;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.StageRunner;
import io.i4vgen.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs every pipeline on every trial, from the same noise, and judges the videos. What is already in the folder is not
 * run again.
 */
public final class Comparison {

  private final StageRunner runner;
  private final NDManager memory;
  private final PackDescription pack;
  private final List<Pipeline> pipelines;
  private final Plan plan;
  private final Judge judge = new Judge();

  /**
   * What is to be compared.
   *
   * @param specs the prompts, at most 1000
   * @param seeds of each prompt, 1 to 1000
   * @param seed of it all, 0 to 1,000,000
   * @param folder where the rows go
   * @param share which part of the trials this process runs
   * @param keepVideos whether they go into the folder too
   */
  public record Plan(List<Spec> specs, int seeds, long seed, Path folder, Share share, boolean keepVideos) {

    /** @throws IllegalArgumentException if a number is out of its range */
    public Plan {
      specs = List.copyOf(specs);
      require("prompts", specs.size(), 1, Trial.MOST);
      require("seeds", seeds, 1, Trial.MOST);
      require("seed", seed, 0, 1_000_000);
    }

    private static void require(String what, long value, long least, long most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException("%s is %d: must be from %d to %d".formatted(what, value, least, most));
      }
    }
  }

  /** Is told of every video. */
  public interface Listener {

    /**
     * A row was added.
     *
     * @param done rows of this process's share that are there now
     * @param total rows that it will have
     * @param secondsLeft as it looks by what this process has done so far
     */
    void judged(Row row, int done, int total, double secondsLeft);
  }

  /**
   * A comparison that has not begun.
   *
   * @param memory owner of the generations' tensors
   * @param model the pack, by name or folder
   * @param pipelines the first is the baseline
   * @throws BadJob if the pack has not the preset of one
   */
  public Comparison(StageContext context, NDManager memory, String model, List<Pipeline> pipelines, Plan plan) {
    this.runner = new StageRunner(context);
    this.memory = memory;
    this.pack = context.models().describe(model);
    this.pipelines = List.copyOf(pipelines);
    pipelines.forEach(pipeline -> requirePreset(pipeline, pack));
    this.plan = plan;
  }

  /**
   * Runs what is missing, then writes {@code videos.csv}.
   *
   * @return all rows of the folder
   * @throws BadJob if rows in the folder were made with other weights or options, or an option is out of range
   */
  public Collection<Row> run(Listener listener) throws IOException {
    Journal journal = new Journal(plan.folder(), plan.share());
    Map<String, Row> rows = Journal.read(plan.folder());
    List<Trial> trials = plan.share().of(Trial.all(plan.specs(), plan.seeds(), plan.seed()));
    trials.forEach(trial -> pipelines.forEach(pipeline -> requireSame(rows, pipeline, trial)));
    journal.open();
    Countdown countdown = new Countdown(trials.size() * pipelines.size(), (int) trials.stream()
        .flatMap(trial -> pipelines.stream().map(pipeline -> key(pipeline, trial))).filter(rows::containsKey).count());
    for (Trial trial : trials) {
      try (SharedStages stages = new SharedStages(runner, memory)) {
        for (Pipeline pipeline : pipelines) {
          if (!rows.containsKey(key(pipeline, trial))) {
            Row row = row(pipeline, trial, stages);
            journal.add(row);
            rows.put(row.key(), row);
            countdown.tick();
            listener.judged(row, countdown.done(), countdown.total(), countdown.secondsLeft());
          }
        }
      }
    }
    Map<String, Row> all = Journal.read(plan.folder());
    Journal.merge(plan.folder(), all.values());
    return all.values();
  }

  private static void requirePreset(Pipeline pipeline, PackDescription pack) {
    try {
      pack.preset(pipeline.parameters().get("preset"));
    } catch (PackException e) {
      throw new BadJob("pipeline '%s': %s".formatted(pipeline.name(), e.getMessage()), e);
    }
  }

  private Row row(Pipeline pipeline, Trial trial, SharedStages stages) throws IOException {
    Job job = pipeline.job(trial, pack.folder().toString());
    SharedStages.Made made = stages.run(pipeline, job, pack);
    NDArray frames = made.generation().require(Part.FRAMES, "judge");
    Clip clip = new Clip(pack.frame().fps(), Images.pictures(frames));
    Verdict verdict = judge.judge(clip, trial.spec());
    Map<Measure, Double> values = Measure.of(verdict);
    reward(made.generation(), frames).ifPresent(reward -> values.put(Measure.REWARD, reward));
    values.put(Measure.SECONDS, made.seconds());
    if (plan.keepVideos()) {
      Format.MP4.write(clip, plan.folder().resolve("videos/%s-%s.mp4".formatted(trial.id(),
          pipeline.name().replace(':', '-'))), new Tags(job.prompt(), GenerationFile.recipe(made.generation())));
    }
    return new Row(pipeline.name(), trial.prompt(), trial.repeat(), trial.seed(), trial.spec().things().size(),
        recipe(pipeline, trial), verdict.motion().words().get(0), values, job.prompt());
  }

  /** The mean reward of the frames, each for itself against the prompt. */
  private Optional<Double> reward(Generation generation, NDArray frames) {
    if (!pack.has(Kind.REWARD)) {
      return Optional.empty();
    }
    try (Scope scope = new Scope()) {
      float sum = 0;
      float[] rewards = ImageReward.score(generation, runner.context(), pack, frames).toFloatArray();
      for (float reward : rewards) {
        sum += reward;
      }
      return Optional.of((double) sum / rewards.length);
    }
  }

  private void requireSame(Map<String, Row> rows, Pipeline pipeline, Trial trial) {
    String recipe = recipe(pipeline, trial);
    Row row = rows.get(key(pipeline, trial));
    if (row != null && !row.recipe().equals(recipe)) {
      throw new BadJob(("%s: the rows of '%s' were made with other weights, options, prompts or seeds: name another "
          + "folder").formatted(plan.folder(), pipeline.name()));
    }
  }

  private String recipe(Pipeline pipeline, Trial trial) {
    return Recipe.of(pack, pipeline.keys(pipeline.job(trial, pack.folder().toString()), pack), trial);
  }

  private static String key(Pipeline pipeline, Trial trial) {
    return "%s %d %d".formatted(pipeline.name(), trial.prompt(), trial.repeat());
  }
}
