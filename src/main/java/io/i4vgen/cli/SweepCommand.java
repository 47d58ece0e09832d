// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import ai.djl.ndarray.NDManager;
import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Engine;
import io.i4vgen.camel.Key;
import io.i4vgen.evaluate.Axis;
import io.i4vgen.evaluate.Cell;
import io.i4vgen.evaluate.Pipeline;
import io.i4vgen.evaluate.Sweep;
import io.i4vgen.evaluate.SweepRow;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.StageContext;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen sweep PROMPT}: one prompt with many values of some options, beside each other. */
@Command(name = "sweep", mixinStandardHelpOptions = true, sortOptions = false,
    description = "Make a video for every combination of some options' values: a sheet of all (sweep.png), a table "
        + "(sweep.csv), the videos. What is in the folder already is not made again.")
final class SweepCommand implements Callable<Integer> {

  @ParentCommand
  I4vgen program;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "PROMPT", description = "What the videos should show.")
  String prompt;

  @Option(names = "--vary", required = true, paramLabel = "STAGE.OPTION=VALUE,VALUE...",
      description = "An option, or 'seed', and its values; may be repeated. Values with commas have ';' between them.")
  List<String> varied;

  @Option(names = "--seed", description = "Of all videos. Default: 1.")
  Long seed;

  @Mixin
  JobOptions wanted;

  @Option(names = "--out", paramLabel = "DIR", defaultValue = "sweep",
      description = "Where it all goes. Default: ${DEFAULT-VALUE}.")
  Path out;

  @Override
  public Integer call() throws IOException {
    PrintWriter screen = spec.commandLine().getErr();
    Writable.check(out, "--out");
    Configuration configuration = Configuration.load(System.getenv(), program.properties)
        .with(Key.OUTPUT, out.toAbsolutePath().toString());
    String pipeline = wanted.route(configuration);
    Sweep.Plan plan = new Sweep.Plan(prompt, wanted.negative, seed == null ? 1 : seed,
        varied.stream().map(Axis::parse).toList(), out);
    try (Interruption interruption = new Interruption(screen, "the same command goes on where this one was");
        Engine engine = Engine.startPipelines(configuration, Set.of(pipeline), new Progress() {});
        NDManager memory = engine.newMemory()) {
      StageContext context = new StageContext(engine.models(), new Warnings(screen), out.resolve("{id}"));
      Sweep sweep = new Sweep(context, memory, new Pipeline(pipeline, engine.stages(pipeline),
          wanted.model != null ? wanted.model : engine.model(pipeline), unvaried(plan)), plan);
      check(engine, pipeline, plan, sweep);
      Writable.require(out, "--out");
      Path sheet = sweep.run((row, done, total, left) -> show(screen, row, done, total, left));
      spec.commandLine().getOut().println(sheet);
    }
    return 0;
  }

  /** The options that do not vary, none of which may be one that does. */
  private Map<String, String> unvaried(Sweep.Plan plan) {
    Map<String, String> said = new TreeMap<>(wanted.parameters());
    if (seed != null) {
      said.put(Sweep.SEED, seed.toString());
    }
    for (Axis axis : plan.axes()) {
      if (said.containsKey(axis.option())) {
        throw new BadJob("--vary %s=%s: '%s' is also said to be %s: leave one of them out".formatted(axis.option(),
            String.join(",", axis.values()), axis.option(), said.get(axis.option())));
      }
    }
    return wanted.parameters();
  }

  /** Each value by itself, so that the message names the one that is wrong, then their combinations. */
  private static void check(Engine engine, String pipeline, Sweep.Plan plan, Sweep sweep) {
    Optional<String> anyway = problem(engine, pipeline, sweep.job(new Cell(Map.of())));
    for (Axis axis : plan.axes()) {
      for (String value : axis.values()) {
        Cell cell = new Cell(Map.of(axis.option(), value));
        problem(engine, pipeline, sweep.job(cell)).filter(message -> !anyway.equals(Optional.of(message)))
            .ifPresent(message -> refuse(cell, message, anyway));
      }
    }
    plan.cells().forEach(cell ->
        problem(engine, pipeline, sweep.job(cell)).ifPresent(message -> refuse(cell, message, anyway)));
  }

  private static Optional<String> problem(Engine engine, String pipeline, Job job) {
    try {
      engine.check(pipeline, job);
      return Optional.empty();
    } catch (BadJob e) {
      return Optional.of(e.getMessage());
    }
  }

  /** @param anyway what is wrong with the job whatever varies, if anything is: then no value is to blame */
  private static void refuse(Cell cell, String message, Optional<String> anyway) {
    throw new BadJob(anyway.equals(Optional.of(message)) ? message : "--vary %s: %s".formatted(cell.text(), message));
  }

  private static void show(PrintWriter screen, SweepRow row, int done, int total, double secondsLeft) {
    screen.printf(Locale.ROOT, "%4d/%d  %s  %s  %.1f s, %d min left%n", done, total, row.cell().text(), row.summary(),
        row.cost().seconds(), Math.round(secondsLeft / 60));
    screen.flush();
  }
}
