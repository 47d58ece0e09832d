// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.evaluate.shapes.Judge;
import io.i4vgen.evaluate.shapes.Spec;
import io.i4vgen.evaluate.shapes.Verdict;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Part;
import io.i4vgen.media.Clip;
import io.i4vgen.media.Format;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.Images;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.VideoTags;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs every pipeline on every trial, from the same noise, and judges the videos. What is already in the folder is not
 * run again.
 */
public final class Comparison {

  private final StageContext context;
  private final NDManager memory;
  private final Map<Pipeline, PackDescription> packs = new LinkedHashMap<>();
  private final Stills stills;
  private final FrameReward reward;
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

    /**
     * What can be run.
     *
     * @throws IllegalArgumentException if a number is out of its range
     * @throws BadJob if the share has none of the prompts
     */
    public Plan {
      specs = List.copyOf(specs);
      require("prompts", specs.size(), 1, Trial.MOST);
      require("seeds", seeds, 1, Trial.MOST);
      require("seed", seed, 0, 1_000_000);
      share.requireSomeOf(specs.size(), "prompts");
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
   * @param pipelines the first is the baseline; the first pack that has a reward network scores the videos of all
   * @throws BadJob if a pack is unknown, or has not the preset that its pipeline wants
   */
  public Comparison(StageContext context, NDManager memory, List<Pipeline> pipelines, Plan plan) {
    this.context = context;
    this.memory = memory;
    this.stills = new Stills(plan.folder().resolve("stills"));
    for (Pipeline pipeline : pipelines) {
      PackDescription pack = pipeline.pack(context.models());
      packs.put(stills.given(pipeline, pack), pack);
    }
    this.reward = FrameReward.of(context, packs.values());
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
    // by prompt: seeds or pipelines that are added later are work for all parts alike
    List<Trial> trials = Trial.all(plan.specs(), plan.seeds(), plan.seed()).stream()
        .filter(trial -> plan.share().has(trial.prompt())).toList();
    if (packs.keySet().stream().anyMatch(stills::areGivenTo)) {
      stills.draw(trials);
    }
    trials.forEach(trial -> packs.keySet().forEach(pipeline -> check(rows, pipeline, trial)));
    journal.open();
    Countdown countdown = new Countdown(trials.size() * packs.size(), (int) trials.stream()
        .flatMap(trial -> packs.keySet().stream().map(pipeline -> key(pipeline, trial))).filter(rows::containsKey)
        .count());
    for (Trial trial : trials) {
      Map<Pipeline, Task> tasks = new LinkedHashMap<>();
      packs.keySet().stream().filter(pipeline -> !rows.containsKey(key(pipeline, trial)))
          .forEach(pipeline -> tasks.put(pipeline, task(pipeline, trial)));
      try (SharedStages stages = new SharedStages(context, memory, List.copyOf(tasks.values()))) {
        for (Map.Entry<Pipeline, Task> task : tasks.entrySet()) {
          Row row = stages.run(task.getValue(), made -> row(task.getKey(), trial, task.getValue(), made));
          journal.add(row);
          countdown.tick();
          listener.judged(row, countdown.done(), countdown.total(), countdown.secondsLeft());
        }
      }
    }
    Map<String, Row> all = Journal.read(plan.folder());
    Journal.merge(plan.folder(), all.values());
    return all.values();
  }

  private Task task(Pipeline pipeline, Trial trial) {
    return pipeline.task(trial, packs.get(pipeline));
  }

  private Row row(Pipeline pipeline, Trial trial, Task task, SharedStages.Made made) throws IOException {
    NDArray frames = made.generation().require(Part.FRAMES, "judge");
    Clip clip = new Clip(task.pack().frame().fps(), Images.pictures(frames));
    Verdict verdict = judge.judge(clip, trial.spec());
    Map<Measure, Double> values = Measure.of(verdict, made.cost());
    reward.of(made.generation(), frames).ifPresent(mean -> values.put(Measure.REWARD, mean));
    if (plan.keepVideos()) {
      Format.MP4.write(clip, plan.folder().resolve("videos/%s-%s.mp4".formatted(trial.id(),
          pipeline.name().replace(':', '-'))),
          VideoTags.of(made.generation().with(Fact.ROUTE, pipeline.route()), task.pack()));
    }
    return new Row(pipeline.name(), trial.prompt(), trial.repeat(), trial.seed(), trial.spec().things().size(),
        recipe(task), verdict.motion().words().get(0), values, task.job().prompt());
  }

  /** Whether the stages can do it, and rows that are there were made in the same way. */
  private void check(Map<String, Row> rows, Pipeline pipeline, Trial trial) {
    Task task = task(pipeline, trial);
    Row row = rows.get(key(pipeline, trial));
    if (row == null) {
      task.stages().forEach(stage -> stage.check(task.job(), context, task.stages()));
    } else if (!row.recipe().equals(recipe(task)) && !row.recipe().equals(task.recipe())) {
      throw new BadJob(("%s: the rows of '%s' were made with other weights, options, prompts or seeds: name another "
          + "folder").formatted(plan.folder(), pipeline.name()));
    }
  }

  /** Without the folder's own path, so that it can be moved; the first journals' recipes have that in them. */
  private String recipe(Task task) {
    return task.recipe(stills::unplaced);
  }

  private static String key(Pipeline pipeline, Trial trial) {
    return Row.key(pipeline.name(), trial.prompt(), trial.repeat());
  }
}
