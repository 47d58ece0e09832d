// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Engine;
import io.i4vgen.camel.Key;
import io.i4vgen.camel.Outcome;
import io.i4vgen.camel.RouteFolder;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.media.Format;
import io.i4vgen.stage.EncodeVideo;
import io.i4vgen.stage.Progress;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen generate PROMPT}: one prompt through one route. */
@Command(name = "generate", mixinStandardHelpOptions = true, sortOptions = false,
    description = "Make a video of a prompt; prints the file that it wrote.")
final class Generate implements Callable<Integer> {

  /** A name that ends as names of files of some format do: {@code x.avi}, but not {@code x-1.5}. */
  private static final Pattern ENDING = Pattern.compile(".+\\.[A-Za-z][A-Za-z0-9]{1,4}");

  /** Of the prompt in a file's name. */
  private static final int LONGEST = 60;

  @ParentCommand
  I4vgen program;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "PROMPT", description = "What the video should show.")
  String prompt;

  @Option(names = "--seed", description = "Same seed, same video. Default: a random one, which is shown.")
  Long seed;

  @Mixin
  JobOptions wanted;

  @Option(names = "--out", paramLabel = "FILE", description = "Where to write it. Default: the output folder.")
  Path out;

  @Option(names = "--format", paramLabel = "mp4|gif|png", description = "Default: by the file's ending, else mp4.")
  String format;

  @Option(names = "--keep", paramLabel = "DIR",
      description = "Also write what every step made: NN-stage.safetensors, and contact sheets as PNG.")
  Path keep;

  @Option(names = "--quiet", description = "Print nothing but the file.")
  boolean quiet;

  @Override
  public Integer call() throws Exception {
    PrintWriter screen = quiet ? new PrintWriter(Writer.nullWriter()) : spec.commandLine().getErr();
    Configuration configuration = configuration();
    String pipeline = wanted.route(configuration);
    Job job = job(configuration, pipeline);
    requireKnownEnding();
    long start = System.nanoTime();
    try (Interruption interruption = new Interruption(screen, "no video was written" + (keep != null ? ""
        : "; the same command with --seed %d goes on after the last step".formatted(job.seed())));
        Engine engine = Engine.startPipelines(configuration, Set.of(pipeline), progress(screen))) {
      engine.check(pipeline, job);
      checkVideo(engine, pipeline, screen);
      screen.printf("\"%s\"  route %s, model %s, seed %d%n", job.prompt(), pipeline, job.model(), job.seed());
      screen.flush();
      Outcome outcome = keep == null ? engine.generate(pipeline, job) : engine.generateAnew(pipeline, job);
      interruption.close(); // what it says is no longer so
      screen.printf(Locale.ROOT, "done in %.1f s%n", (System.nanoTime() - start) / 1e9);
      outcome.file().ifPresent(spec.commandLine().getOut()::println);
    }
    screen.flush();
    return 0;
  }

  /** Of a route that is only steps of ours nothing would be left; what others send, and where, is theirs to know. */
  private void checkVideo(Engine engine, String pipeline, PrintWriter screen) {
    if (engine.stages(pipeline).stream().anyMatch(EncodeVideo.class::isInstance)) {
      return;
    }
    String problem = "route '%s' writes no video: put i4vgen-encode-mp4-action at its end".formatted(pipeline);
    if (keep == null && engine.isChain(pipeline)) {
      throw new BadJob(problem + ", or have what its steps make with --keep DIR");
    }
    screen.println("  warning: " + problem);
  }

  private Configuration configuration() {
    Configuration configuration = Configuration.load(System.getenv(), program.properties);
    if (out == null) {
      Writable.require(configuration.folder(Key.OUTPUT), Key.OUTPUT.key());
      return configuration;
    }
    Path file = out.toAbsolutePath().normalize();
    Writable.requireFile(out, "--out");
    return configuration.with(Key.OUTPUT, file.getParent().toString()).with(Key.FILE, file.getFileName().toString());
  }

  /** A name of another format would get a second ending. */
  private void requireKnownEnding() {
    if (out != null && Format.ofEnding(out).isEmpty() && ENDING.matcher(out.getFileName().toString()).matches()) {
      throw new BadJob("--out '%s': must end with .%s, or with nothing".formatted(out, Arrays.stream(Format.values())
          .map(Format::extension).collect(Collectors.joining(", ."))));
    }
  }

  private Progress progress(PrintWriter screen) {
    List<Progress> all = new ArrayList<>();
    if (!quiet) {
      all.add(new ConsoleProgress(StatusLine.of(screen)));
    }
    if (keep != null) {
      Writable.require(keep, "--keep");
      all.add(new Keep(keep.toAbsolutePath()));
    }
    return Progress.all(all);
  }

  private Job job(Configuration configuration, String pipeline) {
    Map<String, String> parameters = wanted.parameters();
    if (format != null) {
      parameters.put("encode-mp4.format", format);
    }
    long number = seed != null ? seed : new SecureRandom().nextInt(Integer.MAX_VALUE);
    String file = name(prompt, number) + (pipeline.equals(configuration.get(Key.ROUTE)) ? "" : "-" + pipeline);
    return new Job(file, prompt, wanted.negative, number,
        wanted.model != null ? wanted.model : RouteFolder.open(configuration.folder(Key.ROUTES)).model(pipeline,
            configuration.get(Key.MODEL)), parameters);
  }

  /**
   * The prompt as a file name, and the seed as it was typed: {@code a-red-star-42}. Where that can't tell prompts
   * apart, because it leaves out more than spaces and signs, a checksum of the prompt stands before the seed.
   */
  static String name(String prompt, long seed) {
    String words = prompt.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    String start = words.isEmpty() ? "video" : words;
    if (start.length() > LONGEST || words.isEmpty() || !prompt.chars().allMatch(c -> c < 128)) {
      CRC32 sum = new CRC32();
      sum.update(prompt.getBytes(StandardCharsets.UTF_8));
      String cut = start.substring(0, Math.min(LONGEST - 9, start.length())).replaceAll("-+$", "");
      start = String.format(Locale.ROOT, "%s-%08x", cut, sum.getValue());
    }
    return start + "-" + seed;
  }
}
