// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Engine;
import io.i4vgen.camel.Key;
import io.i4vgen.diffusion.TorchRandom;
import io.i4vgen.model.Counts;
import io.i4vgen.model.Frame;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.Vae;
import io.i4vgen.stage.Progress;
import io.i4vgen.tensor.Scope;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen bench}: how long a pack's networks take to load and to run here. */
@Command(name = "bench", mixinStandardHelpOptions = true,
    description = "Measure a pack's networks on this machine: loading, one guided step, decoding, memory; or "
        + "whole routes.")
final class Bench implements Callable<Integer> {

  @ParentCommand
  I4vgen program;

  @Option(names = "--model", paramLabel = "NAME|DIR", description = "The pack. Default: each route's, else shapes.")
  String model;

  @Option(names = "--runs", description = "Runs of each measurement. Default: 10, of routes 3.")
  Integer runs;

  @Option(names = "--routes", split = ",", paramLabel = "ROUTE[:PRESET][@MODEL]",
      description = "Measure whole routes instead: seconds and calls of the UNet of each (the paper's Table 4).")
  List<String> routes = List.of();

  @Option(names = "--prompt", description = "Of the routes' videos. Default: the pack's first example.")
  String prompt;

  @Option(names = "--option", paramLabel = "NAME=VALUE",
      description = "An option of all routes' steps that have it, such as steps=50; may be repeated.")
  Map<String, String> options = new TreeMap<>();

  @Spec
  CommandSpec spec;

  private PrintWriter out;

  @Override
  public Integer call() throws IOException {
    if (runs != null && runs < 1) {
      throw new ParameterException(spec.commandLine(), "--runs is %d: must be 1 or more".formatted(runs));
    }
    out = spec.commandLine().getOut();
    // no video is written: a folder for them that can't be written to is no reason to measure nothing
    Configuration configuration = Configuration.load(System.getenv(), program.properties)
        .with(Key.OUTPUT, System.getProperty("java.io.tmpdir"));
    String usual = model != null ? model : configuration.get(Key.MODEL);
    List<Contender> contenders = routes.stream().map(Contender::parse).toList();
    try (Engine engine = Engine.startPipelines(configuration, Contender.routes(contenders), new Progress() {});
        NDManager memory = engine.newMemory()) {
      if (contenders.isEmpty()) {
        runs = runs == null ? 10 : runs;
        measure(engine.models(), engine.models().describe(usual), memory);
      } else {
        new RouteBench(engine, memory, out, runs == null ? 3 : runs).measure(contenders, model, prompt, options);
      }
    }
    return 0;
  }

  private void measure(Models models, PackDescription pack, NDManager memory) throws IOException {
    Frame frame = pack.frame();
    out.printf("%s: %d frames of %d x %d, %d processors, median of %d runs (least, most)%n", pack.name(),
        frame.frames(), frame.width(), frame.height(), Runtime.getRuntime().availableProcessors(), runs);
    try (Lease<TextEncoder> encoder = loaded("text encoder", () -> models.textEncoder(pack));
        Lease<Backbone> unet = loaded("unet", () -> models.unet(pack));
        Lease<Vae> vae = loaded("vae", () -> models.vae(pack));
        Scope scope = new Scope()) {
      NDArray ids = memory.zeros(new Shape(2, 77), DataType.INT64);
      NDArray text = encoder.get().encode(ids);
      Shape shape = new Shape(frame.frames(), frame.latentChannels(), frame.latentHeight(), frame.latentWidth());
      NDArray latents = new TorchRandom(0).draw(memory, shape).toType(unet.get().floats(), false);
      NDArray twice = latents.concat(latents, 0);
      NDArray time = memory.create(new long[] {481});
      timed("encode two prompts", () -> encoder.get().encode(ids));
      timed("guided step, images", () -> unet.get().predict(twice, time, text, frame.frames(), false));
      timed("guided step, video", () -> unet.get().predict(twice, time, text, frame.frames(), true));
      timed("decode all frames", () -> vae.get().decode(latents));
    }
    out.printf(Locale.ROOT, "%-22s %6d MiB%n", "peak memory", peakMebibytes());
    Counts counts = models.counts();
    out.printf("%-22s %d loaded, %d times found loaded, %d dropped%n", "networks", counts.loads(), counts.hits(),
        counts.evictions());
    out.flush();
  }

  private <T> T loaded(String name, Supplier<T> load) {
    long start = System.nanoTime();
    T loaded = load.get();
    out.printf(Locale.ROOT, "%-22s %6.0f ms%n", "load " + name, (System.nanoTime() - start) / 1e6);
    out.flush();
    return loaded;
  }

  /** Runs {@code work} twice to warm up, then {@code runs} times; reading a value waits for the device. */
  private void timed(String name, Supplier<NDArray> work) {
    double[] milliseconds = new double[runs];
    for (int i = -2; i < runs; i++) {
      long start = System.nanoTime();
      try (Scope scope = new Scope()) {
        work.get().flatten().get("0:1").toType(DataType.FLOAT32, false).getFloat(0);
      }
      if (i >= 0) {
        milliseconds[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    Arrays.sort(milliseconds);
    out.printf(Locale.ROOT, "%-22s %6.0f ms  (%.0f, %.0f)%n", name, milliseconds[runs / 2], milliseconds[0],
        milliseconds[runs - 1]);
    out.flush();
  }

  /** The most memory this process has had, where the system tells; else what the Java heap has now. */
  private static long peakMebibytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.isReadable(status)) {
      return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmHWM"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElse(0) / 1024;
    }
    return Runtime.getRuntime().totalMemory() >> 20;
  }
}
