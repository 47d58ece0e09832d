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
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What a job has come to after its last step. Only a chain is kept, in which each step takes what the one before it has
 * made; if something else is made of a generation on the way, nothing more is kept.
 */
final class Checkpoint {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
  private static final String PROPERTY = "i4vgen.checkpoint";

  private final Path file;
  private final Job job;
  private List<Step> past = List.of();
  private Consumer<String> resumed = stage -> {};
  private int gone;
  private int steps;
  private Generation last;
  private boolean off;
  private boolean told;

  /** @param file where it lies, if there is one */
  Checkpoint(Path file, Job job) {
    this.file = file;
    this.job = job;
  }

  /** That of the job which an exchange is of. */
  static Optional<Checkpoint> of(Exchange exchange) {
    return Optional.ofNullable(exchange.getProperty(PROPERTY, Checkpoint.class));
  }

  /** Lets the steps that {@code exchange} goes through know of it. */
  void on(Exchange exchange) {
    exchange.setProperty(PROPERTY, this);
  }

  /**
   * Goes on from the file, if there is one.
   *
   * @param told the step after which it goes on, once it is sure that it does
   */
  synchronized void resume(Consumer<String> told) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      resumed = told;
      past = GenerationFile.provenance(file, job);
      if (past.isEmpty()) {
        anew(file + " is of another job");
      }
    } catch (BadJob | UncheckedIOException e) {
      anew(e.getMessage());
    }
  }

  /**
   * What a step made before, if it did.
   *
   * @param read makes a generation of the file
   */
  synchronized Optional<Generation> past(Stage stage, Generation in, Function<Path, Generation> read) {
    if (steps >= past.size() || !follows(in) || steps == 0 && !isStillThere(stage, read)) {
      return Optional.empty();
    }
    steps++;
    gone = steps;
    return Optional.of(last);
  }

  /** Another run of the same job may have come further meanwhile, or to its end. */
  private boolean isStillThere(Stage stage, Function<Path, Generation> read) {
    try {
      Generation found = Files.exists(file) ? read.apply(file) : null;
      if (found != null && found.provenance().equals(past) && past.get(0).stage().equals(stage.name())) {
        last = found;
        resumed.accept(past.get(past.size() - 1).stage());
        return true;
      }
      anew("the file is another one now");
    } catch (RuntimeException e) {
      LOG.debug("{} can't be read", file, e);
      anew(e.getMessage());
    }
    return false;
  }

  private void anew(String reason) {
    LOG.warn("job {} begins anew: {}", job.id(), reason);
    past = List.of();
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
      notKept(out.provenance().get(steps - 1), e);
    }
  }

  /** What is said once; the next step may be smaller, or the disk have room again. */
  private void notKept(Step step, Exception why) {
    String text = "job {}: what {} has made is not kept, in case the process ends: {}";
    LOG.atLevel(told ? Level.DEBUG : Level.WARN).log(text, job.id(), step.stage(), Causes.message(why));
    told = true;
  }

  private boolean follows(Generation in) {
    return !off && (last == null ? in.provenance().isEmpty() && in.job().equals(job) : in == last);
  }

  /**
   * The job has ended. If well, nobody needs the file any more; nor if it failed at the very step at which it went on,
   * because that may be the file's fault.
   */
  synchronized void ended(boolean well) {
    if (!well && (gone == 0 || gone != steps)) {
      return;
    }
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("can't delete {}: {}", file, e.getMessage());
    }
  }
}
