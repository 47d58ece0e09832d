// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import ai.djl.ndarray.NDManager;
import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Engine;
import io.i4vgen.evaluate.Comparison;
import io.i4vgen.evaluate.Pipeline;
import io.i4vgen.evaluate.Report;
import io.i4vgen.evaluate.Row;
import io.i4vgen.evaluate.Share;
import io.i4vgen.evaluate.shapes.PromptReader;
import io.i4vgen.evaluate.shapes.Spec;
import io.i4vgen.evaluate.shapes.Specs;
import io.i4vgen.generation.BadJob;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.StageContext;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec.Target;

/** {@code i4vgen evaluate}: pipelines beside each other, on the same prompts and the same noise. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false,
    description = "Compare pipelines on the shapes pack: the same prompts from the same noise, judged by what the "
        + "pixels show. Prints Markdown tables. What is in the folder already is not run again.")
final class Evaluate implements Callable<Integer> {

  @ParentCommand
  I4vgen program;

  @picocli.CommandLine.Spec(Target.SELF)
  CommandSpec command;

  @Option(names = "--pipelines", split = ",", paramLabel = "ROUTE[:PRESET][@MODEL]",
      defaultValue = "text-to-video,freeinit,i4vgen-freeinit,i4vgen:code,i4vgen:paper,without-selection,"
          + "without-ni-vsds,without-regeneration",
      description = "Routes, the baseline first; with '@' each can have a pack of its own. Default: ${DEFAULT-VALUE}.")
  List<String> names;

  @Option(names = "--prompts", paramLabel = "N", defaultValue = "128",
      description = "How many prompts to draw. Default: ${DEFAULT-VALUE}.")
  int prompts;

  @Option(names = "--file", paramLabel = "FILE", description = "Take the prompts from a file, one a line, instead.")
  Path file;

  @Option(names = "--seeds", paramLabel = "K", defaultValue = "1", description = "Seeds of each. Default: 1.")
  int seeds;

  @Option(names = "--seed", paramLabel = "S", defaultValue = "1",
      description = "Other prompts and other noise. Default: 1.")
  long seed;

  @Option(names = "--model", paramLabel = "NAME|DIR", description = "The pack. Default: each route's, else shapes.")
  String model;

  @Option(names = "--option", paramLabel = "NAME=VALUE",
      description = "An option of all steps that have it, such as steps=50 or noise.strength=0.8; may be repeated.")
  Map<String, String> options = new TreeMap<>();

  @Option(names = "--part", paramLabel = "I/N", defaultValue = "1/1",
      description = "Do only the I-th of N parts, so that N processes share the work: every N-th prompt, with all its "
          + "seeds.")
  String part;

  @Option(names = "--videos", description = "Keep the videos too.")
  boolean videos;

  @Option(names = "--out", paramLabel = "DIR", defaultValue = "evaluation",
      description = "Where the results go. Default: ${DEFAULT-VALUE}.")
  Path out;

  @Option(names = "--table", description = "Run nothing: print the tables of what is in the folder.")
  boolean table;

  @Option(names = "--into", paramLabel = "FILE",
      description = "Also write the tables into a document, between its marks.")
  Path document;

  @Override
  public Integer call() throws IOException {
    checkDocument();
    Report report = table ? Report.of(out) : new Report(run());
    if (report.isEmpty()) {
      throw new BadJob("--out '%s': no results there yet".formatted(out));
    }
    command.commandLine().getOut().print(report.markdown());
    command.commandLine().getOut().flush();
    if (document != null) {
      Files.writeString(document, report.into(Files.readString(document)));
    }
    return 0;
  }

  /** Before hours of work, whether their tables have a place in it. */
  private void checkDocument() throws IOException {
    if (document == null) {
      return;
    }
    if (!Files.isRegularFile(document)) {
      throw new BadJob("--into '%s': there is no such file".formatted(document));
    }
    if (!Files.isWritable(document)) {
      throw new BadJob("--into '%s': no permission to write it".formatted(document));
    }
    try {
      new Report(List.of()).into(Files.readString(document));
    } catch (IllegalArgumentException e) {
      throw new BadJob("--into '%s': %s".formatted(document, e.getMessage()), e);
    }
  }

  private Collection<Row> run() throws IOException {
    Configuration configuration = Configuration.load(System.getenv(), program.properties);
    Comparison.Plan plan = plan();
    List<Contender> contenders = names.stream().map(Contender::parse).toList();
    try (Interruption interruption = new Interruption(command.commandLine().getErr(),
        "the same command goes on where this one was");
        Engine engine = Engine.startPipelines(configuration, Contender.routes(contenders), new Progress() {});
        NDManager memory = engine.newMemory()) {
      contenders.forEach(one -> engine.checkSteps(one.route()));
      StageContext context = new StageContext(engine.models(), new Progress() {}, out.resolve("{id}"));
      List<Pipeline> pipelines = contenders.stream().map(one -> one.pipeline(engine, model)).toList();
      Comparison comparison = new Comparison(context, memory, withOptions(pipelines), plan);
      Writable.check(out, "--out");
      return comparison.run(this::show);
    }
  }

  private Comparison.Plan plan() throws IOException {
    try {
      List<Spec> specs = file == null ? new Specs(seed).draw(prompts) : read(file);
      return new Comparison.Plan(specs, seeds, seed, out, Share.parse(part), videos);
    } catch (IllegalArgumentException e) {
      throw new BadJob(e.getMessage(), e);
    }
  }

  private static List<Spec> read(Path file) throws IOException {
    PromptReader reader = new PromptReader();
    return Files.readAllLines(file).stream().filter(line -> !line.isBlank()).map(reader::read).toList();
  }

  private List<Pipeline> withOptions(List<Pipeline> pipelines) {
    List<Pipeline> all = pipelines.stream().map(pipeline -> pipeline.with(options)).toList();
    for (String option : options.keySet()) {
      if (all.stream().noneMatch(pipeline -> pipeline.options().contains(option))) {
        throw new BadJob("--option %s: no step of %s has it".formatted(option, String.join(", ", names)));
      }
    }
    return all;
  }

  private void show(Row row, int done, int total, double secondsLeft) {
    PrintWriter screen = command.commandLine().getErr();
    screen.printf(Locale.ROOT, "%4d/%d  %-18s %s  \"%s\"  %.1f s, %d min left%n", done, total, row.pipeline(),
        row.summary(), row.text(), row.seconds(), Math.round(secondsLeft / 60));
    screen.flush();
  }
}
