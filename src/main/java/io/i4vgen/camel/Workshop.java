// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageRunner;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.spi.RoutePolicyFactory;

/**
 * Where stages run, whichever route they stand in: so many at a time, in native memory that is freed at the latest when
 * the workshop closes. A stage that is running then is waited for; its generation is never pulled away from under it.
 */
final class Workshop implements AutoCloseable {

  private final StageRunner runner;
  private final NDManager memory;
  private final int places;
  private final Semaphore free;
  private final Duration patience;
  private final OpenGenerations open = new OpenGenerations();
  private volatile boolean closed;

  /**
   * A workshop that is open.
   *
   * @param places how many stages may run at the same time
   * @param patience how long closing waits for them
   */
  Workshop(StageRunner runner, NDManager memory, int places, Duration patience) {
    this.runner = runner;
    this.memory = memory;
    this.places = places;
    this.free = new Semaphore(places, true);
    this.patience = patience;
  }

  StageRunner runner() {
    return runner;
  }

  /** What Camel must use on every route, so that generations are closed in time. */
  RoutePolicyFactory policy() {
    return open.policy();
  }

  /** A generation that somebody here closes by {@link #discard}. */
  Generation begin(Job job) {
    Generation generation = Generation.of(job, memory);
    open.add(generation);
    return generation;
  }

  /** A generation that is closed when {@code exchange} is complete. */
  Generation begin(Job job, Exchange exchange) {
    return owned(Generation.of(job, memory), exchange);
  }

  /** The generation of a file's bytes, closed when {@code exchange} is complete. */
  Generation read(byte[] file, Exchange exchange) {
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
   * @throws IllegalStateException if the workshop has closed
   */
  Generation run(Stage stage, Generation in) throws InterruptedException {
    free.acquire();
    try {
      if (closed) {
        throw new IllegalStateException("%s of job %s was not run: i4vgen is shutting down"
            .formatted(stage.name(), in.job().id()));
      }
      return runner.run(stage, in);
    } finally {
      free.release();
      if (closed) {
        open.close(in);
      }
    }
  }

  /** Lets no further stage start, waits for those that run, and frees the memory of every generation. */
  @Override
  public void close() {
    closed = true;
    if (isIdle()) {
      open.close();
      memory.close();
      free.release(places);
    }
  }

  private boolean isIdle() {
    try {
      return free.tryAcquire(places, patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
