// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.StageRunner;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;

/**
 * The running program: Camel with the routes that were asked for, the stages' workshop, the loaded networks and, if a
 * route needs one, the embedded broker. Closing it lets running jobs end, then frees everything.
 */
public final class Engine implements AutoCloseable {

  /** What brings the jobs of {@link #generate}. */
  private static final String COMMAND = "command";

  private final RouteFolder folder;
  private final String usual;
  private final Workshop workshop;
  private final CamelContext camel;
  private final Checkpoints checkpoints;
  private final Closing closing;
  private final CountDownLatch closed = new CountDownLatch(1);

  private Engine(RouteFolder folder, String usual, Workshop workshop, CamelContext camel, Checkpoints checkpoints,
      Closing closing) {
    this.folder = folder;
    this.usual = usual;
    this.workshop = workshop;
    this.camel = camel;
    this.checkpoints = checkpoints;
    this.closing = closing;
  }

  /**
   * Starts routes, and those that they call.
   *
   * @param routes their ids
   * @throws BadJob if one is unknown, or an option in it is out of range
   * @throws RouteFailure if one can't start for another reason; the message says which and why
   */
  public static Engine start(Configuration configuration, Set<String> routes, Progress progress) {
    RouteFolder folder = RouteFolder.open(configuration.folder(Key.ROUTES));
    return start(configuration, folder, folder.with(routes), progress);
  }

  /**
   * The same for routes that make videos. One that takes jobs from elsewhere is refused before it can take any.
   *
   * @throws BadJob also if one is such a route
   */
  public static Engine startPipelines(Configuration configuration, Set<String> routes, Progress progress) {
    RouteFolder folder = RouteFolder.open(configuration.folder(Key.ROUTES));
    Collection<RouteFile> files = folder.with(routes);
    routes.forEach(folder::pipeline);
    return start(configuration, folder, files, progress);
  }

  /**
   * Starts every route of the folder: the pipelines, and the doors through which jobs come in.
   *
   * @throws BadJob also if nothing can be kept in the state folder
   */
  public static Engine serve(Configuration configuration, Progress progress) {
    StateFolder.of(configuration).require();
    RouteFolder folder = RouteFolder.open(configuration.folder(Key.ROUTES));
    return start(configuration, folder, folder.all(), progress);
  }

  private static Engine start(Configuration configuration, RouteFolder folder, Collection<RouteFile> files,
      Progress progress) {
    Closing closing = new Closing();
    try {
      return open(configuration, folder, files, progress, closing);
    } catch (Exception e) {
      closing.closeAfter(e);
      throw RouteFailure.atStart(e, files);
    }
  }

  private static Engine open(Configuration configuration, RouteFolder folder, Collection<RouteFile> files,
      Progress progress, Closing closing) throws Exception {
    files.forEach(file -> KameletCalls.check(file, configuration.kamelets()));
    Hardware hardware = Hardware.of(configuration);
    NDManager memory = closing.add(NDManager.newBaseManager(hardware.device()));
    Models models = closing.add(new Models(configuration.packs(), memory, hardware.device(), hardware.precision(),
        configuration.get(Key.WEIGHTS).equals("mapped"), configuration.bytes(Key.CACHE)));
    StageContext context = new StageContext(models, progress,
        configuration.folder(Key.OUTPUT).resolve(configuration.get(Key.FILE)));
    Deadline deadline = new Deadline(configuration.seconds(Key.SHUTDOWN));
    Workshop workshop = closing.add(new Workshop(new StageRunner(context), memory.newSubManager(),
        configuration.number(Key.CONCURRENT), deadline, closing.handOver()));
    boolean queues = files.stream().flatMap(file -> file.uris().stream()).anyMatch(uri -> uri.startsWith("jms:"));
    Optional<Broker> broker = queues && Broker.isEmbedded(configuration)
        ? Optional.of(closing.add(Broker.start(configuration))) : Optional.empty();
    Attempts attempts = new Attempts(StateFolder.of(configuration).attempts(),
        configuration.number(Key.QUEUE_ATTEMPTS));
    CamelRun camel = closing.add(CamelRun.start(configuration, files, deadline, prepared -> {
      JobCheck check = new JobCheck(folder, context, prepared);
      Checkpoints checkpoints = new Checkpoints(configuration, folder, context, prepared);
      equip(prepared, configuration, workshop, check, (reader, accept) ->
          new Doors(reader, accept, attempts, checkpoints::resumed, configuration.folder(Key.IMAGES), deadline));
      if (queues) {
        prepared.addComponent("jms", CamelRun.jms(configuration));
      }
    }));
    closing.add(attempts);
    broker.ifPresent(one -> closing.<AutoCloseable>add(one::spareAttempts));
    closing.<AutoCloseable>add(deadline::begin);
    return new Engine(folder, configuration.get(Key.MODEL), workshop, camel.context(),
        new Checkpoints(configuration, folder, context, camel.context()), closing);
  }

  private static void equip(CamelContext camel, Configuration configuration, Workshop workshop, JobCheck check,
      BiFunction<JobReader, Doors.Check, Doors> doors) {
    UnaryOperator<String> models = route -> check.folder().model(route, configuration.get(Key.MODEL));
    JobReader reader = new JobReader(models, configuration.get(Key.ROUTE));
    camel.getRegistry().bind("workshop", workshop);
    camel.addRoutePolicyFactory(workshop.policy());
    new GenerationConverters(workshop, reader).register(camel.getTypeConverterRegistry());
    Path folder = configuration.folder(Key.LORAS);
    ForeignFiles loras = new ForeignFiles(List.of(folder), ForeignFiles.described(folder, Key.LORAS));
    doors.apply(reader, (route, job, files) -> check.checkForeign(route, job, models.apply(route), files, loras))
        .bind(camel.getRegistry()::bind);
  }

  /** The routes that can be asked for. */
  public List<String> pipelines() {
    return folder.pipelines();
  }

  /** The model of jobs for {@code route} that name none. */
  public String model(String route) {
    return folder.model(route, usual);
  }

  /** The stages of a running route, in their order. */
  public List<Stage> stages(String route) {
    return RouteStages.of(route, camel);
  }

  /** Whether a route is nothing but steps of ours, one after the other. */
  public boolean isChain(String route) {
    return folder.chain(route).isPresent();
  }

  /** A new owner of native memory on the device where the networks run; who asks for it closes it. */
  public NDManager newMemory() {
    return workshop.newMemory();
  }

  /** The networks. */
  public Models models() {
    return workshop.runner().context().models();
  }

  /**
   * Checks that {@code route} can do {@code job}, before anything runs.
   *
   * @throws BadJob if the route or the pack is unknown, or a parameter is unknown to the route or out of its range
   * @throws io.i4vgen.generation.MissingPart if the route lacks a step, as far as that can be known
   */
  public void check(String route, Job job) {
    check().check(route, job);
  }

  /**
   * Checks only that {@code route} lacks no step, as far as that can be known.
   *
   * @throws io.i4vgen.generation.MissingPart with the file and the line of the step before which one is missing
   */
  public void checkSteps(String route) {
    check().checkParts(route, stages(route));
  }

  private JobCheck check() {
    return new JobCheck(folder, workshop.runner().context(), camel);
  }

  /**
   * Runs {@code route} on {@code job}, and frees its memory. If a process has died over the same job, it goes on after
   * the last step that was done.
   *
   * @throws BadJob if the job can't be run as it is written
   * @throws io.i4vgen.generation.MissingPart if the route lacks a step
   * @throws RouteFailure if a step fails in another way
   */
  public Outcome generate(String route, Job job) {
    check(route, job);
    return generate(route, job, checkpoints.resumed(COMMAND, route, job));
  }

  /** The same from the beginning, whatever has been done before. */
  public Outcome generateAnew(String route, Job job) {
    check(route, job);
    return generate(route, job, checkpoints.begin(COMMAND, route, job));
  }

  private Outcome generate(String route, Job job, Optional<Checkpoint> checkpoint) {
    Generation generation = workshop.begin(job).with(Fact.ROUTE, route);
    try {
      Exchange exchange = camel.createProducerTemplate().send("direct:" + route, message -> {
        checkpoint.ifPresent(one -> one.on(message));
        message.getMessage().setBody(generation);
      });
      Exception failure = exchange.getException();
      checkpoint.ifPresent(one -> one.ended(failure == null));
      if (failure != null) {
        throw RouteFailure.of(failure);
      }
      Outcome outcome = exchange.getProperty(StageProcessor.OUTCOME, Outcome.class);
      return (outcome == null ? Outcome.of(generation) : outcome).by(route);
    } finally {
      workshop.discard(generation);
    }
  }

  /** How many generations hold native memory now. */
  public int open() {
    return workshop.open();
  }

  /** Waits until another thread closes the engine; it is also closed, in order, when the process is told to end. */
  public void await() throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "i4vgen shutdown"));
    closed.await();
  }

  /** Ends the running jobs, the routes and the broker, and frees all memory; a second call does nothing. */
  @Override
  public synchronized void close() {
    try {
      closing.close();
    } catch (Exception e) {
      throw RouteFailure.of(e);
    } finally {
      closed.countDown();
    }
  }
}
