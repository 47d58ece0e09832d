// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.evaluate.shapes.Judge;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs one pipeline on one prompt with every combination of some options' values (the paper's Fig. 9): a video
 * and a row of numbers for each, and a sheet of all. What two cells have in common is computed once; what is in the
 * folder already is not made again.
 */
public final class Sweep {

  /** The rows, in the folder of the sweep. */
  public static final String TABLE = "sweep.csv";
  /** What can vary beside options. */
  public static final String SEED = "seed";

  private static final String SHEET = "sweep.png";

  private final StageContext context;
  private final NDManager memory;
  private final Pipeline pipeline;
  private final PackDescription pack;
  private final Plan plan;
  private final List<String> options;
  private final FrameReward reward;

  /**
   * What is to be tried.
   *
   * @param negativePrompt {@code null} for the pack's own
   * @param seed of all videos, unless it varies
   * @param axes one or more, each of another option; {@code seed} may be one
   * @param folder where the videos, the table and the sheet go
   */
  public record Plan(String prompt, String negativePrompt, long seed, List<Axis> axes, Path folder) {

    private static final int MOST = 1000;

    /** @throws BadJob if there is no axis, two have one option, or there are more than 1000 cells */
    public Plan {
      axes = List.copyOf(axes);
      if (axes.isEmpty()) {
        throw new BadJob("nothing is varied: name an option and its values, such as --vary noise.strength=0.6,0.8");
      }
      if (Set.copyOf(axes.stream().map(Axis::option).toList()).size() < axes.size()) {
        throw new BadJob("two --vary have one option: put all its values into one");
      }
      long cells = axes.stream().mapToLong(axis -> axis.values().size()).reduce(1, (a, b) -> Math.min(a * b, 1 << 30));
      if (cells > MOST) {
        throw new BadJob("%d combinations of values: at most %d".formatted(cells, MOST));
      }
    }

    /** Whether videos have seeds of their own. */
    public boolean variesSeed() {
      return axes.stream().anyMatch(axis -> axis.option().equals(SEED));
    }

    /** Every combination of values. */
    public List<Cell> cells() {
      return Cell.all(axes);
    }
  }

  /** Is told of every cell. */
  public interface Listener {

    /**
     * A cell is done.
     *
     * @param done cells that are there now
     * @param total cells of the sweep
     * @param secondsLeft as it looks by what has been done so far
     */
    void done(SweepRow row, int done, int total, double secondsLeft);
  }

  /**
   * A sweep that has not begun.
   *
   * @param memory owner of the generations' tensors
   * @param pipeline with the options that do not vary
   * @throws BadJob if its pack is unknown, or has not the preset that it wants
   */
  public Sweep(StageContext context, NDManager memory, Pipeline pipeline, Plan plan) {
    this.context = context;
    this.memory = memory;
    this.pipeline = pipeline;
    this.pack = pipeline.pack(context.models());
    this.plan = plan;
    this.options = plan.axes().stream().map(Axis::option).toList();
    this.reward = FrameReward.of(context, List.of(pack));
  }

  /**
   * The job of a cell.
   *
   * @throws BadJob if its seed is no whole number
   */
  public Job job(Cell cell) {
    Map<String, String> options = new LinkedHashMap<>(cell.values());
    String seed = options.remove(SEED);
    return new Job("sweep", plan.prompt(), plan.negativePrompt(), seed == null ? plan.seed() : number(seed),
        pack.folder().toString(), pipeline.withAll(options).parameters());
  }

  private static long number(String seed) {
    try {
      return Long.parseLong(seed);
    } catch (NumberFormatException e) {
      throw new BadJob("--vary seed=%s: must be a whole number".formatted(seed), e);
    }
  }

  /**
   * Makes what is missing, then draws the sheet.
   *
   * @return the sheet
   * @throws BadJob if the folder holds another sweep, or an option is out of range
   */
  public Path run(Listener listener) throws IOException {
    Map<Cell, Task> tasks = new LinkedHashMap<>();
    plan.cells().forEach(cell -> tasks.put(cell, new Task(pipeline.stages(), job(cell), pack)));
    LineFile table = new LineFile(plan.folder().resolve(TABLE));
    Map<Cell, SweepRow> rows = read(table);
    tasks.forEach((cell, task) -> requireSame(rows.get(cell), task));
    if (!table.isWhole(SweepRow.header(options))) {
      table.replace(lines(rows.values().stream().toList()));
    }
    Countdown countdown = new Countdown(tasks.size(), (int) tasks.keySet().stream().filter(rows::containsKey).count());
    Map<Cell, Task> missing = new LinkedHashMap<>(tasks);
    missing.keySet().removeAll(rows.keySet());
    try (SharedStages stages = new SharedStages(context, memory, List.copyOf(missing.values()))) {
      for (Map.Entry<Cell, Task> one : missing.entrySet()) {
        SweepRow row = stages.run(one.getValue(), made -> row(one.getKey(), one.getValue(), made));
        table.add(row.line());
        rows.put(row.cell(), row);
        countdown.tick();
        listener.done(row, countdown.done(), countdown.total(), countdown.secondsLeft());
      }
    }
    Path sheet = plan.folder().resolve(SHEET);
    SweepSheet.write(plan, tasks.keySet().stream().map(rows::get).toList(), sheet);
    return sheet;
  }

  private SweepRow row(Cell cell, Task task, SharedStages.Made made) throws IOException {
    NDArray frames = made.generation().require(Part.FRAMES, "sweep");
    Clip clip = new Clip(pack.frame().fps(), Images.pictures(frames));
    BlockMotion motion = BlockMotion.of(clip);
    double flicker = clip.frames().size() < 2 ? Double.NaN : Judge.flickering(clip.frames());
    String file = cell.fileName() + ".mp4";
    Format.MP4.write(clip, plan.folder().resolve(file),
        VideoTags.of(made.generation().with(Fact.ROUTE, pipeline.route()), pack));
    return new SweepRow(cell, reward.of(made.generation(), frames), made.cost(), motion.dynamic(), motion.speed(),
        flicker, task.recipe(), file);
  }

  /** The rows of the cells whose videos are there. */
  private Map<Cell, SweepRow> read(LineFile table) throws IOException {
    List<String> lines = table.lines();
    if (!lines.isEmpty() && !lines.get(0).equals(SweepRow.header(options))) {
      throw new BadJob("%s is a table of another sweep (%s): name another folder".formatted(table.file(),
          lines.get(0)));
    }
    Map<Cell, SweepRow> rows = new LinkedHashMap<>();
    for (int i = 1; i < lines.size(); i++) {
      try {
        SweepRow row = SweepRow.read(options, lines.get(i));
        if (Files.exists(plan.folder().resolve(row.file()))) {
          rows.put(row.cell(), row);
        }
      } catch (IllegalArgumentException e) {
        throw new BadJob("%s:%d: not a row of this table: %s".formatted(table.file(), i + 1, e.getMessage()), e);
      }
    }
    return rows;
  }

  private List<String> lines(List<SweepRow> rows) {
    List<String> lines = new ArrayList<>(List.of(SweepRow.header(options)));
    rows.forEach(row -> lines.add(row.line()));
    return lines;
  }

  private void requireSame(SweepRow row, Task task) {
    if (row != null && !row.recipe().equals(task.recipe())) {
      throw new BadJob(("%s: its videos were made with another prompt, seed, route, or other weights or options: name"
          + " another folder").formatted(plan.folder()));
    }
  }
}
