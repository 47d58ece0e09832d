// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageRunner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs the pipelines of one trial; stages in which several of them begin alike run once. */
final class SharedStages implements AutoCloseable {

  private final StageRunner runner;
  private final NDManager memory;
  private final Map<String, Made> made = new HashMap<>();
  private final List<Generation> open = new ArrayList<>();

  /**
   * What a pipeline has made.
   *
   * @param seconds of all its stages, also of those that ran for another pipeline
   */
  record Made(Generation generation, double seconds) {}

  SharedStages(StageRunner runner, NDManager memory) {
    this.runner = runner;
    this.memory = memory;
  }

  /** Runs what has not been run; the result lives as long as this does. */
  Made run(Pipeline pipeline, Job job, PackDescription pack) {
    Made now = new Made(fresh(job), 0);
    List<String> keys = pipeline.keys(job, pack);
    for (int i = 0; i < keys.size(); i++) {
      Made known = made.get(keys.get(i));
      now = known == null ? run(pipeline.stages().get(i), now, job) : known;
      made.put(keys.get(i), now);
    }
    return now;
  }

  private Made run(Stage stage, Made before, Job job) {
    Generation in = adopted(before.generation(), job);
    long start = System.nanoTime();
    Generation out = runner.run(stage, in);
    return new Made(out, before.seconds() + (System.nanoTime() - start) / 1e9);
  }

  /** The same tensors and facts for a job with other parameters. */
  private Generation adopted(Generation generation, Job job) {
    if (generation.job().equals(job)) {
      return generation;
    }
    Generation copy = fresh(job);
    for (Map.Entry<Part, NDArray> part : generation.parts().entrySet()) {
      copy = copy.with(part.getKey(), part.getValue().duplicate());
    }
    for (Map.Entry<Fact, String> fact : generation.facts().entrySet()) {
      copy = copy.with(fact.getKey(), fact.getValue());
    }
    for (Step step : generation.provenance()) {
      copy = copy.with(step);
    }
    return copy;
  }

  private Generation fresh(Job job) {
    Generation generation = Generation.of(job, memory);
    open.add(generation);
    return generation;
  }

  @Override
  public void close() {
    open.forEach(Generation::close);
  }
}
