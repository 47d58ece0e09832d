// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import ai.djl.ndarray.NDManager;
import io.i4vgen.camel.Engine;
import io.i4vgen.evaluate.Cost;
import io.i4vgen.evaluate.Pipeline;
import io.i4vgen.evaluate.RouteTimes;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.StageContext;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code i4vgen bench --routes}: seconds and calls of the UNet of whole routes, as the paper's Table 4. */
final class RouteBench {

  private final Engine engine;
  private final RouteTimes times;
  private final PrintWriter out;
  private final int runs;

  RouteBench(Engine engine, NDManager memory, PrintWriter out, int runs) {
    this.engine = engine;
    this.times = new RouteTimes(new StageContext(engine.models(), new Progress() {}, Path.of("{id}")), memory);
    this.out = out;
    this.runs = runs;
  }

  /**
   * Prints a table with a row for each route, from the prompt to the decoded frames, the networks loaded.
   *
   * @throws BadJob before anything is measured, if a route can't do its job, or an option is one of no route
   */
  void measure(List<Contender> contenders, String model, String prompt, Map<String, String> options) {
    Map<Contender, Pipeline> pipelines = new LinkedHashMap<>();
    contenders.forEach(one -> pipelines.put(one, one.pipeline(engine, model).with(options)));
    for (String option : options.keySet()) {
      if (pipelines.values().stream().noneMatch(pipeline -> pipeline.options().contains(option))) {
        throw new BadJob("--option %s: no step of these routes has it".formatted(option));
      }
    }
    Map<Contender, Job> jobs = new LinkedHashMap<>();
    pipelines.forEach((one, pipeline) -> {
      jobs.put(one, times.job(pipeline, prompt));
      engine.check(one.route(), jobs.get(one));
    });
    out.printf("mean of %d runs (least, most), %d processors, of each route's prompt and seed 1%n", runs,
        Runtime.getRuntime().availableProcessors());
    out.printf("%-24s %-26s %10s %12s %12s%n", "route", "seconds", "times", "UNet, images", "UNet, video");
    double baseline = Double.NaN;
    for (Map.Entry<Contender, Pipeline> one : pipelines.entrySet()) {
      Job job = jobs.get(one.getKey());
      times.warmUp(one.getValue(), job);
      List<Cost> costs = times.measure(one.getValue(), job, runs);
      double mean = costs.stream().mapToDouble(Cost::seconds).average().orElseThrow();
      baseline = Double.isNaN(baseline) ? mean : baseline;
      print(one.getKey().name(), costs, mean, mean / baseline);
    }
  }

  private void print(String name, List<Cost> costs, double mean, double ratio) {
    String seconds = String.format(Locale.ROOT, "%.2f (%.2f, %.2f)", mean,
        costs.stream().mapToDouble(Cost::seconds).min().orElseThrow(),
        costs.stream().mapToDouble(Cost::seconds).max().orElseThrow());
    out.printf(Locale.ROOT, "%-24s %-26s %10.2f %12d %12d%n", name, seconds, ratio, costs.get(0).imageCalls(),
        costs.get(0).videoCalls());
    out.flush();
  }
}
