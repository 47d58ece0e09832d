// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.MissingPart;
import io.i4vgen.generation.StepParts;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.StageRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines deleted from copies of the shipped route, and fifty jobs through it, on the demo pack. */
class AblationTest {

  private static final Path ROUTES = Path.of("routes");

  @TempDir
  Path folder;

  private static Job job(int seed, Map<String, String> parameters) {
    return new Job("one", "a red star in the sky", null, seed, "shapes", parameters);
  }

  private Configuration configuration() {
    return Configuration.load(Map.of(), Map.of("i4vgen.home", Path.of("").toAbsolutePath().toString(),
        "i4vgen.routes", folder.toString(), "i4vgen.output", folder.resolve("outbox").toString(),
        "i4vgen.packs", Path.of("plugins").toAbsolutePath().toString()));
  }

  /** A copy of the shipped route under the name {@code id}, without the line of a step. */
  private void copy(String id, String without) throws IOException {
    Files.createDirectories(folder.resolve("kamelets"));
    try (var kamelets = Files.list(ROUTES.resolve("kamelets"))) {
      for (Path kamelet : kamelets.toList()) {
        Files.write(folder.resolve("kamelets").resolve(kamelet.getFileName()), Files.readAllBytes(kamelet));
      }
    }
    String yaml = Files.readString(ROUTES.resolve("i4vgen.camel.yaml"));
    String line = ".*i4vgen-" + without + "-action.*\n";
    Files.writeString(folder.resolve(id + ".camel.yaml"), yaml.replaceAll(line, "")
        .replace("id: i4vgen", "id: " + id).replace("direct:i4vgen", "direct:" + id));
  }

  @Test
  void aRouteWithoutALineMakesAnotherVideo() throws Exception {
    copy("whole", "nothing");
    copy("still", "ni-vsds");
    copy("unscored", "image-reward");
    Map<String, String> parameters = Map.of("steps", "3", "candidates", "4", "frames", "4");
    try (Engine engine = Engine.start(configuration(), Set.of("whole", "still", "unscored"), Home.SILENT)) {
      int seed = 1;
      Outcome whole = engine.generate("whole", job(seed, parameters));
      while (whole.anchor().orElseThrow() == 0) { // the first seed whose best candidate is not the first
        whole = engine.generate("whole", job(++seed, parameters));
      }
      byte[] video = Files.readAllBytes(whole.file().orElseThrow());
      Outcome still = engine.generate("still", job(seed, parameters));
      assertThat(still.anchor()).isEqualTo(whole.anchor());
      assertThat(Files.readAllBytes(still.file().orElseThrow())).isNotEqualTo(video);
      Outcome unscored = engine.generate("unscored", job(seed, parameters));
      assertThat(unscored.anchor()).contains(0);
      assertThat(Files.readAllBytes(unscored.file().orElseThrow())).isNotEqualTo(video);
    }
  }

  @Test
  void ofEveryLineThatIsDeletedItIsKnownBeforeAnythingRunsWhetherAStepLacksSomething() throws Exception {
    List<String> steps = RouteFilesTest.PAPER;
    for (String step : steps) {
      copy("no-" + step, step);
    }
    Set<String> routes = steps.stream().map(step -> "no-" + step).collect(Collectors.toSet());
    Job job = job(1, Map.of("steps", "1", "candidates", "1", "frames", "2"));
    Set<String> sound = new TreeSet<>();
    try (Engine engine = Engine.start(configuration(), routes, Home.SILENT); NDManager memory = engine.newMemory()) {
      for (String route : routes) {
        Optional<String> happens = failure(() -> run(engine, engine.stages(route), job, memory));
        assertThat(failure(() -> engine.check(route, job)).map(message -> message.replaceFirst("^\\S+: ", "")))
            .isEqualTo(happens);
        happens.ifPresentOrElse(message -> assertThat(message).contains(
            "put i4vgen-", "i4vgen-" + route.substring("no-".length()) + "-action"), () -> sound.add(route));
      }
    }
    assertThat(sound).containsExactly("no-encode-mp4", "no-image-reward", "no-ni-vsds");
  }

  private static Optional<String> failure(ThrowingCallable work) {
    return Optional.ofNullable(catchThrowableOfType(MissingPart.class, work)).map(Throwable::getMessage);
  }

  private void run(Engine engine, List<Stage> stages, Job job, NDManager memory) {
    StageRunner runner = new StageRunner(new StageContext(engine.models(), Home.SILENT, folder.resolve("{id}")));
    try (Generation begin = Generation.of(job, memory)) {
      Generation generation = begin;
      for (Stage stage : stages) {
        generation = runner.run(stage, generation);
      }
    }
  }

  @Test
  void aStepThatLacksSomethingIsNamedWithFileAndLineAndWhatCanStandBeforeIt() throws Exception {
    copy("mute", "text-encode");
    copy("undecoded", "decode");
    copy("unmade", "replicate");
    try (Engine engine = Engine.start(configuration(), Set.of("mute", "undecoded", "unmade"), Home.SILENT)) {
      assertThatThrownBy(() -> engine.generate("mute", job(1, Map.of()))).isInstanceOf(MissingPart.class)
          .hasMessage("mute.camel.yaml:9: i4vgen-candidates-action needs 'text', which nothing before it has made: put"
              + " i4vgen-text-encode-action or i4vgen-prompt-travel-action before it in the route");
      assertThatThrownBy(() -> engine.checkSteps("undecoded")).isInstanceOf(MissingPart.class).hasMessage(
          "undecoded.camel.yaml:17: i4vgen-encode-mp4-action needs 'frames', which nothing before it has made: put"
              + " i4vgen-decode-action before it in the route");
      assertThatThrownBy(() -> engine.checkSteps("unmade")).isInstanceOf(MissingPart.class).hasMessageEndingWith(
          "i4vgen-ni-vsds-action needs 'video', which nothing before it has made: put i4vgen-replicate-action before"
              + " it in the route");
      assertThat(engine.open()).isZero();
    }
  }

  @Test
  void everyShippedStepIsKnownAndNoShippedRouteLacksOne() throws Exception {
    try (var kamelets = Files.list(ROUTES.resolve("kamelets"))) {
      assertThat(kamelets.map(file -> file.getFileName().toString().replaceAll("^i4vgen-|-action.*", "")))
          .hasSameSizeAs(StepParts.values()).allMatch(stage -> StepParts.named(stage).isPresent());
    }
    Set<String> pipelines = Set.copyOf(RouteFolder.open(ROUTES).pipelines());
    Configuration shipped = Configuration.load(Map.of(), Map.of("i4vgen.home", "."));
    try (Engine engine = Engine.start(shipped, pipelines, Home.SILENT)) {
      assertThat(pipelines).hasSizeGreaterThan(10).allMatch(engine::isChain).allSatisfy(engine::checkSteps);
    }
  }

  @Test
  void fiftyJobsLeaveNoGenerationAndNoMemoryOfNetworksBehind() throws Exception {
    copy("whole", "nothing");
    Map<String, String> smallest = Map.of("steps", "1", "candidates", "1", "frames", "2");
    try (Engine engine = Engine.start(configuration(), Set.of("whole"), Home.SILENT)) {
      engine.generate("whole", job(0, smallest));
      long loads = engine.models().counts().loads();
      long bytes = engine.models().counts().bytes();
      for (int i = 1; i <= 50; i++) {
        engine.generate("whole", job(i, smallest));
        assertThat(engine.open()).isZero();
        assertThat(engine.models().counts().leases()).isZero();
      }
      assertThat(engine.models().counts().loads()).isEqualTo(loads);
      assertThat(engine.models().counts().bytes()).isEqualTo(bytes);
    }
  }
}
