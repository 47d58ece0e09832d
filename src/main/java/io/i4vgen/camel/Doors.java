// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import jakarta.jms.Message;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of the routes through which jobs come in and results go out. A route calls them by name:
 *
 * <ul>
 * <li>{@code readFile}: the body, a file, becomes the job, and the variable {@code route} its pipeline
 * <li>{@code readMessage}: the same for a JMS message; the variable {@code message} keeps its text, {@code attempt}
 * says how often it has been delivered
 * <li>{@code giveUp}: the body becomes the message's text again, after its last attempt; fails if only a shutdown
 * stopped the job
 * <li>{@code reply}: the body becomes what came of the job, as JSON
 * <li>{@code replyFailure}: the body becomes what went wrong, as JSON
 * <li>{@code report}: the body becomes what went wrong, in words; fails if only a shutdown stopped the job
 * </ul>
 */
final class Doors {

  private static final Logger LOG = LoggerFactory.getLogger(Doors.class);
  private static final String ID = "i4vgen.id";
  private static final String JOB = "i4vgen.job";
  private static final String ROUTE = "route";
  private static final String MESSAGE = "message";
  private static final String CORRELATION = "JMSCorrelationID";

  private final JobReader reader;
  private final Check check;
  private final Attempts attempts;
  private final Begin checkpoints;
  private final Path images;
  private final Deadline deadline;

  /** Whether a route can do a job. */
  @FunctionalInterface
  interface Check {

    /**
     * The job with whole paths of the files that it names.
     *
     * @throws BadJob if the route can't do it
     */
    Job accept(String route, Job job, ForeignFiles files);
  }

  /** Makes the checkpoint of a delivery's job. */
  @FunctionalInterface
  interface Begin {

    Optional<Checkpoint> begin(String delivery, String route, Job job);
  }

  /**
   * The steps for some routes.
   *
   * @param checkpoints that of a delivery's job
   * @param images the folder of pictures that jobs may name
   * @param deadline until when a shutdown waits for jobs
   */
  Doors(JobReader reader, Check check, Attempts attempts, Begin checkpoints, Path images, Deadline deadline) {
    this.reader = reader;
    this.check = check;
    this.attempts = attempts;
    this.checkpoints = checkpoints;
    this.images = images;
    this.deadline = deadline;
  }

  void bind(BiConsumer<String, Processor> registry) {
    registry.accept("readFile", this::readFile);
    registry.accept("readMessage", this::readMessage);
    registry.accept("giveUp", this::giveUp);
    registry.accept("reply", this::reply);
    registry.accept("replyFailure", this::replyFailure);
    registry.accept("report", this::report);
  }

  private void readFile(Exchange exchange) throws Exception {
    String name = exchange.getMessage().getHeader(Exchange.FILE_NAME_ONLY, String.class);
    Long length = exchange.getMessage().getHeader(Exchange.FILE_LENGTH, 0L, Long.class);
    Long modified = exchange.getMessage().getHeader(Exchange.FILE_LAST_MODIFIED, 0L, Long.class);
    Source nameless = Source.file(name, length + " " + modified);
    exchange.setProperty(ID, nameless.id());
    if (length > JobReader.LIMIT) {
      throw new BadJob("%s has %d bytes: a job has %d at most".formatted(name, length, JobReader.LIMIT));
    }
    String text = JobReader.text(exchange.getMessage().getMandatoryBody(byte[].class), name);
    Path beside = Path.of(exchange.getMessage().getHeader(Exchange.FILE_PATH, String.class)).toAbsolutePath()
        .normalize().getParent();
    accept(reader.read(text, Source.file(name, modified + " " + text)), "file " + name + " " + modified, exchange,
        new ForeignFiles(List.of(beside, images), "the folder of the job's file or "
            + ForeignFiles.described(images, Key.IMAGES)));
  }

  private void readMessage(Exchange exchange) throws Exception {
    if (!(exchange.getMessage() instanceof JmsMessage jms)) {
      throw new IllegalStateException("readMessage must be the first step of a route from jms:");
    }
    Message message = jms.getJmsMessage();
    String key = Messages.key(message);
    exchange.setProperty(ID, Source.message(MESSAGE, "", key).id());
    exchange.setProperty(CORRELATION, message.getJMSCorrelationID() == null ? key : message.getJMSCorrelationID());
    exchange.setVariable("attempt", message.getIntProperty("JMSXDeliveryCount"));
    Object body = Messages.body(message);
    exchange.setVariable(MESSAGE, body);
    accept(read(body, key), "message " + key, exchange,
        new ForeignFiles(List.of(images), ForeignFiles.described(images, Key.IMAGES)));
  }

  private Request read(Object body, String key) {
    if (body instanceof Map<?, ?> map) {
      return reader.read(map, Source.message(MESSAGE, "", key));
    }
    String text = body instanceof byte[] bytes ? JobReader.text(bytes, MESSAGE) : (String) body;
    return reader.read(text, Source.message(MESSAGE, text, key));
  }

  private void accept(Request request, String delivery, Exchange exchange, ForeignFiles files) {
    exchange.setProperty(ID, request.job().id());
    exchange.setProperty(JOB, request.job());
    // before the check, which reads pictures and networks' weights: it may be what kills the process
    attempts.begin(delivery, request.job().id());
    exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
      @Override
      public void onDone(Exchange done) {
        attempts.end(delivery);
        Outcome made = done.getProperty(StageProcessor.OUTCOME, Outcome.class);
        if (made != null && made.file().isPresent() && done.getException() == null) {
          LOG.info("job {} wrote {}", made.job().id(), made.file().get());
        }
        Exception failure = done.getException();
        Checkpoint.of(done).filter(one -> failure == null || !(Causes.root(failure) instanceof ShuttingDown))
            .ifPresent(one -> one.ended(failure == null));
      }
    });
    Job job = check.accept(request.route(), request.job(), files);
    checkpoints.begin(delivery, request.route(), job).ifPresent(one -> one.on(exchange));
    exchange.setVariable(ROUTE, request.route());
    exchange.setProperty(StageProcessor.ROUTE, request.route());
    exchange.getMessage().setBody(job);
    LOG.info("job {} begins: {} '{}', seed {}", job.id(), request.route(), Causes.oneLine(job.prompt()), job.seed());
  }

  private void reply(Exchange exchange) {
    Outcome made = exchange.getProperty(StageProcessor.OUTCOME, Outcome.class);
    Outcome outcome = (made == null ? Outcome.of(exchange.getProperty(JOB, Job.class)) : made)
        .by(exchange.getVariable(ROUTE, String.class));
    LOG.info("job {} is done: {}", outcome.job().id(), outcome.file().map(Object::toString).orElse("no file"));
    answer(exchange, Messages.json(outcome));
  }

  private void giveUp(Exchange exchange) {
    failureOfItsOwn(exchange);
    exchange.getMessage().setBody(exchange.getVariable(MESSAGE));
  }

  /** Not {@code reply}: what was caught stays known to Camel, even if the pipeline got over it and made its video. */
  private void replyFailure(Exchange exchange) {
    Throwable failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    String id = exchange.getProperty(ID, String.class);
    LOG.warn("job {} failed: {}", id, Causes.message(failure));
    LOG.debug("job {}", id, failure);
    answer(exchange, Messages.json(
        new TreeMap<>(Map.of("id", id, "status", "failed", "error", Causes.message(failure)))));
  }

  private static void answer(Exchange exchange, String json) {
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().setHeader(CORRELATION, exchange.getProperty(CORRELATION));
    exchange.getMessage().setBody(json);
  }

  private void report(Exchange exchange) {
    Throwable failure = failureOfItsOwn(exchange);
    StringWriter text = new StringWriter();
    try (PrintWriter out = new PrintWriter(text)) {
      out.println(Causes.message(failure));
      if (!Causes.isBadJob(failure)) {
        failure.printStackTrace(out);
      }
    }
    LOG.warn("job {} failed: {}", exchange.getProperty(ID), Causes.message(failure));
    exchange.getMessage().setBody(text.toString());
  }

  /**
   * What fails when a shutdown waits no longer may have been interrupted by it. Camel itself says so a moment late.
   *
   * @throws ShuttingDown if nothing is wrong with the job
   */
  private Throwable failureOfItsOwn(Exchange exchange) {
    Throwable failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    if (deadline.isOver() || Causes.root(failure) instanceof ShuttingDown) {
      throw new ShuttingDown("job %s did not end in time: it runs again at the next start".formatted(
          exchange.getProperty(ID)), failure);
    }
    return failure;
  }
}
