// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import ai.djl.ndarray.NDManager;
import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Engine;
import io.i4vgen.camel.Key;
import io.i4vgen.evaluate.Share;
import io.i4vgen.evaluate.VbenchPrompt;
import io.i4vgen.evaluate.VbenchSampling;
import io.i4vgen.generation.BadJob;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.StageContext;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen sample-vbench FILE}: the videos that VBench judges, with the names that it looks for. */
@Command(name = "sample-vbench", mixinStandardHelpOptions = true, sortOptions = false,
    description = "Make the videos that VBench judges: PROMPT-0.mp4 to PROMPT-4.mp4 of each prompt, 25 of those for "
        + "temporal flickering. What is in the folder already is not made again.")
final class SampleVbench implements Callable<Integer> {

  @ParentCommand
  I4vgen program;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "VBench_full_info.json, or a prompt a line.")
  Path file;

  @Option(names = "--route", paramLabel = "ROUTE[:PRESET]", description = "The pipeline. Default: i4vgen.")
  String route;

  @Option(names = "--model", paramLabel = "NAME|DIR",
      description = "The pack, by name or folder. Default: the route's, else shapes.")
  String model;

  @Option(names = "--videos", paramLabel = "N", defaultValue = "0",
      description = "Videos of each prompt. Default: as many as VBench wants, 5 or 25.")
  int videos;

  @Option(names = "--seed", defaultValue = "0",
      description = "Of each prompt's first video; the next have the next. Default: ${DEFAULT-VALUE}.")
  long seed;

  @Option(names = "--fps", defaultValue = "8", description = "Frames a second. Default: ${DEFAULT-VALUE}.")
  double fps;

  @Option(names = "--negative", paramLabel = "TEXT", description = "What the videos should not show.")
  String negative;

  @Option(names = "--option", paramLabel = "NAME=VALUE",
      description = "Any option of any step, such as noise.strength=0.8; may be repeated.")
  Map<String, String> options = new TreeMap<>();

  @Option(names = "--part", paramLabel = "I/N", defaultValue = "1/1",
      description = "Do only the I-th of N parts, so that N processes share the work.")
  String part;

  @Option(names = "--out", paramLabel = "DIR", defaultValue = "vbench",
      description = "Where the videos go. Default: ${DEFAULT-VALUE}.")
  Path out;

  @Override
  public Integer call() throws IOException {
    PrintWriter screen = spec.commandLine().getErr();
    Writable.check(out, "--out");
    Configuration configuration = Configuration.load(System.getenv(), program.properties)
        .with(Key.OUTPUT, out.toAbsolutePath().toString());
    if (!Files.isRegularFile(file)) {
      throw new BadJob("FILE '%s': there is no such file".formatted(file));
    }
    if (videos < 0) {
      throw new BadJob("--videos is %d: must be 1 or more".formatted(videos));
    }
    List<VbenchPrompt> prompts = VbenchPrompt.read(file, videos);
    VbenchSampling.Plan plan = new VbenchSampling.Plan(prompts, negative, seed, fps, out,
        Share.parse(part));
    Contender pipeline = Contender.parse(route != null ? route : configuration.get(Key.ROUTE));
    try (Interruption interruption = new Interruption(screen, "the same command goes on where this one was");
        Engine engine = Engine.startPipelines(configuration, Contender.routes(List.of(pipeline)), new Progress() {});
        NDManager memory = engine.newMemory()) {
      StageContext context = new StageContext(engine.models(), new Progress() {}, out.resolve("{id}"));
      VbenchSampling sampling = new VbenchSampling(context, memory,
          pipeline.pipeline(engine, model).withAll(options), plan);
      prompts.forEach(prompt -> engine.check(pipeline.route(), sampling.job(prompt)));
      Writable.require(out, "--out");
      int there = sampling.run((name, done, total, left) -> {
        screen.printf("%5d/%d  %s  %d min left%n", done, total, name, Math.round(left / 60));
        screen.flush();
      });
      spec.commandLine().getOut().printf("%d videos of %d prompts are in %s%n", there, prompts.size(), out);
    }
    return 0;
  }
}
