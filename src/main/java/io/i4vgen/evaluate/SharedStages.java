// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.StageRunner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Runs tasks; stages in which several of them begin alike run once. What no task that is still to come begins with is
 * freed, so that memory does not grow with their number.
 */
final class SharedStages implements AutoCloseable {

  private final StageRunner runner;
  private final CallCounter calls = new CallCounter();
  private final NDManager memory;
  private final Map<String, Integer> wanted = new HashMap<>();
  private final Map<String, Made> made = new HashMap<>();
  private final List<Generation> open = new ArrayList<>();

  /**
   * What a task has made.
   *
   * @param cost of all its stages, also of those that ran for another task
   */
  record Made(Generation generation, Cost cost) {}

  /** What is done with the result of a task, whose tensors live as long as this takes. */
  @FunctionalInterface
  interface Use<T, E extends Exception> {

    T of(Made made) throws E;
  }

  /**
   * Runs nothing yet.
   *
   * @param memory owner of the generations' tensors
   * @param tasks all that will be run
   */
  SharedStages(StageContext context, NDManager memory, List<Task> tasks) {
    this.runner = new StageRunner(new StageContext(context.models(), Progress.all(List.of(context.progress(), calls)),
        context.output()));
    this.memory = memory;
    tasks.forEach(task -> keys(task).forEach(key -> wanted.merge(key, 1, Integer::sum)));
  }

  /** Runs what has not been run, and frees what only this task needed when {@code use} is through. */
  <T, E extends Exception> T run(Task task, Use<T, E> use) throws E {
    List<String> keys = keys(task);
    try {
      Made now = made(task, keys);
      return use.of(new Made(adopted(now.generation(), task.job()), now.cost()));
    } finally {
      keys.forEach(this::release);
      closeUnwanted();
    }
  }

  private static List<String> keys(Task task) {
    String origin = task.origin();
    return task.keys().stream().map(key -> origin + key).toList();
  }

  private Made made(Task task, List<String> keys) {
    int done = keys.size();
    while (done > 0 && !made.containsKey(keys.get(done - 1))) {
      done--;
    }
    Made now = done == 0 ? new Made(fresh(task.job()), Cost.NONE) : made.get(keys.get(done - 1));
    for (int i = done; i < keys.size(); i++) {
      now = run(task.stages().get(i), now, task.job());
      made.put(keys.get(i), now);
    }
    return now;
  }

  private Made run(Stage stage, Made before, Job job) {
    Generation in = adopted(before.generation(), job);
    calls.taken(0);
    long start = System.nanoTime();
    Generation out = runner.run(stage, in);
    return new Made(out, before.cost().plus(calls.taken((System.nanoTime() - start) / 1e9)));
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

  private void release(String key) {
    if (wanted.merge(key, -1, Integer::sum) <= 0) {
      made.remove(key);
    }
  }

  /** Frees the memory of every job of which nothing is kept. */
  private void closeUnwanted() {
    for (Iterator<Generation> all = open.iterator(); all.hasNext();) {
      Generation one = all.next();
      if (made.values().stream().noneMatch(kept -> kept.generation().memory() == one.memory())) {
        one.close();
        all.remove();
      }
    }
  }

  @Override
  public void close() {
    open.forEach(Generation::close);
  }
}
