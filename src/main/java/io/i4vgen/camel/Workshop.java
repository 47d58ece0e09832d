// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageRunner;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.spi.RoutePolicyFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where stages run, whichever route they stand in: so many at a time, in native memory that is freed at the latest when
 * the workshop closes. A stage that is running then is waited for; if it takes too long, the last one that ends frees
 * the memory: neither a generation nor a network is ever pulled away from under a stage.
 */
final class Workshop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Workshop.class);

  private final StageRunner runner;
  private final NDManager memory;
  private final int places;
  private final Semaphore free;
  private final Deadline deadline;
  private final Closing tools;
  private final OpenGenerations open = new OpenGenerations();
  private volatile boolean closed;

  /**
   * A workshop that is open.
   *
   * @param places how many stages may run at the same time
   * @param deadline until when closing waits for them
   * @param tools what stages work with, closed after the last one
   */
  Workshop(StageRunner runner, NDManager memory, int places, Deadline deadline, Closing tools) {
    this.runner = runner;
    this.memory = memory;
    this.places = places;
    this.free = new Semaphore(places, true);
    this.deadline = deadline;
    this.tools = tools;
  }

  StageRunner runner() {
    return runner;
  }

  /** What Camel must use on every route, so that generations are closed in time. */
  RoutePolicyFactory policy() {
    return open.policy();
  }

  /** A new owner of memory on this workshop's device, which somebody else closes. */
  NDManager newMemory() {
    return memory.newSubManager();
  }

  /** A generation that somebody here closes by {@link #discard}. */
  Generation begin(Job job) {
    Generation generation = Generation.of(job, memory);
    open.add(generation);
    return generation;
  }

  /** A generation that is closed when {@code exchange} is complete. */
  Generation begin(Job job, Exchange exchange) {
    Generation generation = Generation.of(job, memory);
    String route = exchange.getProperty(StageProcessor.ROUTE, String.class);
    return owned(route == null ? generation : generation.with(Fact.ROUTE, route), exchange);
  }

  /** The generation of a file's bytes, closed when {@code exchange} is complete. */
  Generation read(byte[] file, Exchange exchange) {
    return owned(GenerationFile.read(file, memory), exchange);
  }

  /** The generation of a file, closed when {@code exchange} is complete. */
  Generation read(Path file, Exchange exchange) {
    return owned(GenerationFile.read(file, memory), exchange);
  }

  /** {@code generation}, which now is closed when {@code exchange} is complete, unless it already has an owner. */
  Generation owned(Generation generation, Exchange exchange) {
    open.own(generation, exchange);
    return generation;
  }

  void discard(Generation generation) {
    open.close(generation);
  }

  /** How many generations hold native memory. */
  int open() {
    return open.count();
  }

  /**
   * Runs a stage when there is a place for it.
   *
   * @param then sees the result while its tensors are there for sure
   * @throws ShuttingDown if the workshop has closed
   * @throws IllegalStateException if the job has ended, of which this is a branch that nobody has waited for
   */
  void run(Stage stage, Generation in, Consumer<Generation> then) throws InterruptedException {
    free.acquire();
    try {
      if (closed) {
        throw new ShuttingDown("%s of job %s was not run: i4vgen is shutting down"
            .formatted(stage.name(), in.job().id()));
      } else if (!open.enter(in)) {
        throw new IllegalStateException("%s of job %s was not run: the job has ended before"
            .formatted(stage.name(), in.job().id()));
      }
      try {
        then.accept(runner.run(stage, in));
      } finally {
        open.leave(in);
      }
    } finally {
      free.release();
      if (closed) {
        open.close(in);
        finishLate();
      }
    }
  }

  /**
   * Lets no further stage start, waits for those that run, and frees all memory. If the wait is in vain, the memory
   * stays until the last stage ends, or the process.
   */
  @Override
  public void close() throws Exception {
    closed = true;
    if (isIdle()) {
      finish();
    }
  }

  /** Frees all memory; whoever calls this holds all places. */
  private void finish() throws Exception {
    try {
      open.close();
      memory.close();
      tools.close();
    } finally {
      free.release(places);
    }
  }

  /** Nobody waits any more: who ends last tidies up. */
  private void finishLate() {
    if (!free.tryAcquire(places)) {
      return;
    }
    try {
      finish();
    } catch (Exception e) {
      LOG.warn("not all memory could be freed: {}", Causes.message(e), e);
    }
  }

  private boolean isIdle() {
    try {
      return free.tryAcquire(places, deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
