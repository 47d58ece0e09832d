// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.MissingPart;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.stage.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A generation's tensors die with its exchange, whatever happens to that. */
class LifetimeTest {

  @TempDir
  Path folder;

  private final List<Generation> seen = new CopyOnWriteArrayList<>();

  /** Keeps every generation that a stage makes, to see whether it was closed. */
  private final Progress spy = new Progress() {
    @Override
    public void finished(Generation result, String stage, Duration time) {
      seen.add(result);
    }
  };

  private Engine start(Home home, String... routes) {
    return Engine.start(home.configuration(), Set.of(routes), spy);
  }

  private static Job job(String prompt) {
    return new Job("one", prompt, null, 7, "shapes", Map.of());
  }

  private void assertAllClosed() {
    assertThat(seen).isNotEmpty().allSatisfy(generation -> {
      assertThat(generation.memory().isOpen()).isFalse();
      assertThat(generation.find(Part.TEXT).map(text -> text.isReleased()).orElse(true)).isTrue();
    });
  }

  @Test
  void afterSuccess() throws Exception {
    try (Engine engine = start(Home.in(folder), "i4vgen")) {
      engine.generate("i4vgen", job("a star"));
      assertThat(engine.open()).isZero();
      assertAllClosed();
    }
  }

  @Test
  void afterAStageFailed() throws Exception {
    Home home = Home.in(folder).route("late", """
        - route:
            id: late
            from:
              uri: direct:late
              steps:
                - to: {uri: "kamelet:i4vgen-text-encode-action"}
                - throwException: {exceptionType: java.io.IOException, message: "the disk is full"}
        """);
    try (Engine engine = start(home, "late")) {
      assertThatThrownBy(() -> engine.generate("late", job("a star"))).isInstanceOf(RouteFailure.class)
          .hasMessage("the disk is full");
      assertThat(engine.open()).isZero();
      assertAllClosed();
    }
  }

  /** With a route that starts itself, once. */
  private Home once(String body, String step) throws Exception {
    return Home.in(folder).route("once", """
        - route:
            id: once
            from:
              uri: timer:once
              parameters: {repeatCount: 1, delay: 0}
              steps:
                - setBody: {constant: "%s"}
                - %s
                - convertBodyTo: {type: "java.lang.String"}
        """.formatted(body, step));
  }

  @Test
  void afterARouteThatStartsItselfFromABarePrompt() throws Exception {
    Home home = once("a red star,a blue ring,a green heart",
        "split: {tokenize: \",\", parallelProcessing: true, steps: [{to: {uri: \"direct:text-to-video\"}}]}");
    try (Engine engine = start(home, "once")) {
      Wait.until(() -> home.files("outbox").size() == 3 && engine.open() == 0);
      assertAllClosed();
    }
  }

  @Test
  void afterAPipelineWasSplitByAGenerationsFile() throws Exception {
    Home home = Home.in(folder).edit("i4vgen.camel.yaml", "        - to: {uri: \"kamelet:i4vgen-decode", """
                - convertBodyTo: {type: "byte[]"}
                - convertBodyTo: {type: "java.io.InputStream"}
                - to: {uri: "kamelet:i4vgen-decode""".indent(8).stripTrailing());
    try (Engine engine = start(home, "i4vgen")) {
      Outcome outcome = engine.generate("i4vgen", job("a star"));
      assertThat(outcome.provenance()).hasSize(10);
      assertThat(outcome.rewards()).containsExactly(0.25f, 1.5f);
      assertThat(engine.open()).isZero();
      assertAllClosed();
    }
  }

  @Test
  void atShutdownWhichWaitsForARunningStageAndStartsNoOther() throws Exception {
    Home home = Home.in(folder).set("i4vgen.shutdown-seconds", "1");
    CountDownLatch running = new CountDownLatch(1);
    Engine engine = Engine.start(home.configuration(), Set.of("i4vgen"), new Progress() {
      @Override
      public void started(Job job, String stage) {
        if (stage.equals("denoise")) {
          running.countDown();
        }
      }

      @Override
      public void finished(Generation result, String stage, Duration time) {
        seen.add(result);
      }
    });
    Throwable[] failure = new Throwable[1];
    Thread job = new Thread(() -> {
      try {
        engine.generate("i4vgen", job("SLOW".repeat(12)));
      } catch (RuntimeException e) {
        failure[0] = e;
      }
    });
    job.start();
    running.await();
    engine.close();
    job.join();
    assertThat(failure[0]).isNotNull();
    assertThat(home.files("outbox")).isEmpty();
    assertAllClosed();
  }

  @Test
  void afterAStageThatOutlivesTheShutdownAndStillNeedsItsMemory() throws Exception {
    Home home = Home.in(folder).set("i4vgen.shutdown-seconds", "0");
    Held denoise = new Held("denoise", spy);
    Engine engine = Engine.start(home.configuration(), Set.of("i4vgen"), denoise);
    CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(
        () -> catchThrowable(() -> engine.generate("i4vgen", job("a star"))));
    denoise.awaitBegin();
    engine.close();
    assertThat(seen).allMatch(generation -> generation.memory().isOpen());
    denoise.release();
    assertThat(failure.get()).isNotNull();
    assertThat(seen.get(seen.size() - 1).provenance()).last().extracting(Step::stage).isEqualTo("denoise");
    assertThat(seen.get(0).memory().getParentManager().isOpen()).isFalse();
    assertAllClosed();
  }

  /** The job ends by the failure of one branch, while a stage of each other is at work. */
  @Test
  void afterTheLastStageOfABranchThatNobodyHasWaitedFor() throws Exception {
    Home home = Home.in(folder).set("i4vgen.concurrent", "3").route("three", """
        - route:
            id: three
            from:
              uri: direct:three
              steps:
                - to: {uri: "kamelet:i4vgen-text-encode-action"}
                - multicast:
                    parallelProcessing: true
                    stopOnException: true
                    steps:
                      - to: {uri: "direct:long"}
                      - to: {uri: "kamelet:i4vgen-decode-action"}
                      - to: {uri: "direct:failing"}
        """).route("long", """
        - route:
            id: long
            from:
              uri: direct:long
              steps:
                - to: {uri: "kamelet:i4vgen-denoise-action"}
                - to: {uri: "kamelet:i4vgen-encode-mp4-action"}
        """).route("failing", """
        - route:
            id: failing
            from:
              uri: direct:failing
              steps:
                - to: {uri: "kamelet:i4vgen-noise-action"}
                - throwException: {exceptionType: java.io.IOException, message: "the disk is full"}
        """);
    Held decode = new Held("decode", new Progress() {});
    Held denoise = new Held("denoise", new Progress() {});
    Held noise = new Held("noise", new Progress() {});
    try (Engine engine = Engine.start(home.configuration(), Set.of("three"),
        Progress.all(List.of(spy, denoise, decode, noise)))) {
      CompletableFuture<Throwable> job = CompletableFuture.supplyAsync(
          () -> catchThrowable(() -> engine.generate("three", job("a star"))));
      for (Held stage : List.of(decode, denoise, noise)) {
        stage.awaitBegin();
      }
      noise.release();
      assertThat(job.get()).hasMessage("the disk is full");
      assertThat(seen.get(0).memory().isOpen()).isTrue();
      assertThat(engine.open()).isOne();
      decode.release();
      Wait.until(() -> seen.stream().flatMap(made -> made.provenance().stream())
          .anyMatch(step -> step.stage().equals("decode")));
      assertThat(seen.get(0).memory().isOpen()).isTrue();
      denoise.release();
      Wait.until(() -> engine.open() == 0);
      assertAllClosed();
    }
    assertThat(home.files("outbox")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"loop: {constant: \"1\", copy: true, steps: [{to: {uri: \"direct:text-to-video\"}}]}",
      "loop: {constant: \"1\", steps: [{to: {uri: \"direct:text-to-video\"}}]}",
      "recipientList: {constant: \"direct:text-to-video\"}", "toD: {uri: \"direct:text-to-video\"}",
      "enrich: {constant: \"direct:text-to-video\"}", "routingSlip: {constant: \"direct:text-to-video\"}",
      "multicast: {steps: [{to: {uri: \"direct:text-to-video\"}}]}", "wireTap: {uri: \"direct:text-to-video\"}",
      "doTry: {steps: [{to: {uri: \"direct:text-to-video\"}}]}"})
  void afterAJobThatCameInAnyWay(String step) throws Exception {
    Home home = once("a red star", step);
    try (Engine engine = start(home, "once", "text-to-video")) {
      Wait.until(() -> home.files("outbox").size() == 1 && engine.open() == 0);
      assertAllClosed();
    }
  }

  /** What a tap or an aggregate reads from bytes is its own, though its exchange is a copy of the job's. */
  @ParameterizedTest
  @ValueSource(strings = {"wireTap: {uri: \"direct:rest\"}", "aggregate: {completionSize: 1, parallelProcessing: true,"
      + " aggregationStrategy: \"#class:org.apache.camel.processor.aggregate.UseLatestAggregationStrategy\","
      + " correlationExpression: {constant: one}, steps: [{to: {uri: \"direct:rest\"}}]}"})
  void afterWhatGoesOnWhenTheJobHasEnded(String step) throws Exception {
    Home home = Home.in(folder).set("i4vgen.concurrent", "2").route("tapped", """
        - route:
            id: tapped
            from:
              uri: direct:tapped
              steps:
                - to: {uri: "kamelet:i4vgen-text-encode-action"}
                - to: {uri: "kamelet:i4vgen-noise-action"}
                - convertBodyTo: {type: "byte[]"}
                - %s
                - to: {uri: "kamelet:i4vgen-replicate-action"}
        """.formatted(step)).route("rest", """
        - route:
            id: rest
            from:
              uri: direct:rest
              steps:
                - to: {uri: "kamelet:i4vgen-denoise-action"}
                - to: {uri: "kamelet:i4vgen-decode-action"}
                - to: {uri: "kamelet:i4vgen-encode-mp4-action"}
        """);
    Held denoise = new Held("denoise", new Progress() {});
    Held replicate = new Held("replicate", new Progress() {});
    try (Engine engine = Engine.start(home.configuration(), Set.of("tapped"),
        Progress.all(List.of(spy, denoise, replicate)))) {
      CompletableFuture<Throwable> job = CompletableFuture.supplyAsync(
          () -> catchThrowable(() -> engine.generate("tapped", job("a star"))));
      denoise.awaitBegin();
      replicate.release();
      job.get();
      denoise.release();
      Wait.until(() -> home.files("outbox").size() == 1 && engine.open() == 0);
      assertAllClosed();
    }
  }

  @Test
  void saysWhichStepIsMissing() throws Exception {
    Home home = Home.in(folder);
    home.edit("kamelets/i4vgen-decode-action.kamelet.yaml", FakeStages.class.getName() + "$Decode",
        "io.i4vgen.stage.Decode");
    try (Engine engine = start(home, "i4vgen")) {
      assertThatThrownBy(() -> engine.generate("i4vgen", job("a star"))).isInstanceOf(MissingPart.class)
          .hasMessageContaining("put ").hasMessageContaining("before it in the route");
    }
    assertAllClosed();
  }
}
