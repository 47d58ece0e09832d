// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import io.i4vgen.stage.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a job has come to after its last step. Only a chain is kept, in which each step takes what the one before it has
 * made; where a route branches, or makes something else of a generation, nothing more is kept.
 */
final class Checkpoint {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
  private static final String PROPERTY = "i4vgen.checkpoint";

  private final Path file;
  private final Job job;
  private List<Step> past = List.of();
  private int steps;
  private Generation last;
  private boolean off;

  /** @param file where it lies, if there is one */
  Checkpoint(Path file, Job job) {
    this.file = file;
    this.job = job;
  }

  /** That of the job which an exchange is of; none in a branch of it. */
  static Optional<Checkpoint> of(Exchange exchange) {
    boolean branch = exchange.getProperty(ExchangePropertyKey.SPLIT_INDEX) != null
        || exchange.getProperty(ExchangePropertyKey.MULTICAST_INDEX) != null;
    return branch ? Optional.empty() : Optional.ofNullable(exchange.getProperty(PROPERTY, Checkpoint.class));
  }

  /** Lets the steps that {@code exchange} goes through know of it. */
  Checkpoint on(Exchange exchange) {
    exchange.setProperty(PROPERTY, this);
    return this;
  }

  /**
   * Goes on from the file, if there is one.
   *
   * @return the step after which it goes on
   */
  synchronized Optional<String> resume() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      past = GenerationFile.provenance(file, job);
    } catch (BadJob | UncheckedIOException e) {
      LOG.warn("job {} begins anew: {}", job.id(), e.getMessage());
      past = List.of();
    }
    return past.isEmpty() ? Optional.empty() : Optional.of(past.get(past.size() - 1).stage());
  }

  /**
   * What a step made before, if it did.
   *
   * @param read makes a generation of the file
   * @throws IllegalStateException if the route has begun to take another way than it did before
   */
  synchronized Optional<Generation> past(Stage stage, Generation in, Function<Path, Generation> read) {
    if (steps >= past.size() || !follows(in) || isGone()) {
      return Optional.empty();
    }
    if (!past.get(steps).stage().equals(stage.name())) {
      off = true;
      if (steps == 0) {
        return Optional.empty();
      }
      forget();
      throw new IllegalStateException("the steps of job %s were others before the process ended: run it again"
          .formatted(job.id()));
    }
    last = last == null ? read.apply(file) : last;
    steps++;
    return Optional.of(last);
  }

  /** Whether the same job, run elsewhere, has come to its end meanwhile. */
  private boolean isGone() {
    return last == null && !Files.exists(file);
  }

  /**
   * Keeps what a step has made. A video that is written is not kept: writing it again is the surest way to have it.
   */
  synchronized void made(Generation in, Generation out) {
    past = List.of();
    off |= !follows(in) || out.provenance().size() != steps + 1;
    if (off) {
      return;
    }
    last = out;
    steps++;
    if (out.find(Fact.FILE).isPresent()) {
      return;
    }
    try {
      Files.createDirectories(file.getParent());
      GenerationFile.write(out, file);
    } catch (IOException | UncheckedIOException e) {
      off = true;
      LOG.warn("job {} would begin anew if the process ended: {} can't be written: {}", job.id(), file,
          e.getMessage());
    }
  }

  private boolean follows(Generation in) {
    return !off && (last == null ? in.provenance().isEmpty() && in.job().equals(job) : in == last);
  }

  /** The job has ended: nobody needs it any more. */
  synchronized void forget() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("can't delete {}: {}", file, e.getMessage());
    }
  }
}
