// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import io.i4vgen.model.SmallPack;
import io.i4vgen.stage.EncodeVideo;
import io.i4vgen.stage.ImageReward;
import io.i4vgen.stage.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineTest {

  @TempDir
  Path folder;

  private static Job job(String prompt) {
    return new Job("one", prompt, null, 7, "shapes", Map.of());
  }

  @Test
  void runsThePapersRouteStepByStep() throws Exception {
    try (Engine engine = Home.in(folder).start("i4vgen")) {
      assertThat(engine.stages("i4vgen")).extracting(Stage::name).containsExactly("text-encode", "candidates",
          "image-reward", "select-anchor", "replicate", "ni-vsds", "noise", "denoise", "decode", "encode-mp4");
      Outcome outcome = engine.generate("i4vgen", job("a red star"));
      assertThat(outcome.provenance()).extracting(Step::stage).containsExactlyElementsOf(
          engine.stages("i4vgen").stream().map(Stage::name).toList());
      assertThat(outcome.rewards()).containsExactly(0.25f, 1.5f);
      assertThat(outcome.anchor()).contains(1);
      assertThat(outcome.file().orElseThrow()).hasContent("a red star");
      assertThat(engine.open()).isZero();
    }
  }

  private Home withOption(String option) throws Exception {
    return Home.in(folder).edit("i4vgen.camel.yaml", "candidates-action\"}",
        "candidates-action\", parameters: {" + option + "}}");
  }

  /** The file and line of the candidates' step, as a message begins with it. */
  private String place() throws Exception {
    List<String> lines = Files.readAllLines(folder.resolve("routes/i4vgen.camel.yaml"));
    int index = 0;
    while (!lines.get(index).contains("candidates-action")) {
      index++;
    }
    return "i4vgen.camel.yaml:" + (index + 1) + ": ";
  }

  @Test
  void saysTheFileAndTheLineOfABadOption() throws Exception {
    Home home = withOption("count: many");
    assertThatThrownBy(() -> home.start("i4vgen")).isInstanceOf(BadJob.class).hasMessage(place()
        + "parameter 'count' of i4vgen-candidates-action is 'many': must be a whole number from 1 to 1024");
  }

  @Test
  void ofManyRoutesOnlyTheOneWithTheBadOptionIsNamed() throws Exception {
    Home home = Home.in(folder).edit("text-to-video.camel.yaml", "denoise-action\"}",
        "denoise-action\"\n            parameters:\n              guidance: 300}");
    home.edit("text-to-video.camel.yaml", "guidance: 300}", "guidance: 300");
    home.edit("text-to-video.camel.yaml", "- to: {uri: \"kamelet:i4vgen-denoise-action\"",
        "- to:\n            uri: \"kamelet:i4vgen-denoise-action\"");
    assertThatThrownBy(() -> Engine.serve(home.configuration(), Home.SILENT)).isInstanceOf(BadJob.class)
        .message().matches("text-to-video.camel.yaml:\\d+: parameter 'guidance' .*");
  }

  @Test
  void refusesAnOptionThatTheStepDoesNotHave() throws Exception {
    Home home = withOption("cuont: 3");
    assertThatThrownBy(() -> home.start("i4vgen")).isInstanceOf(BadJob.class).hasMessage(place()
        + "i4vgen-candidates-action has no parameter 'cuont': did you mean 'count'?");
    Home query = Home.in(folder).edit("i4vgen.camel.yaml", "select-anchor-action", "select-anchor-action?fps=3");
    assertThatThrownBy(() -> query.start("i4vgen")).isInstanceOf(BadJob.class).message()
        .endsWith("i4vgen-select-anchor-action has no parameter 'fps': it takes none");
  }

  @Test
  void takesTheJobsOptionBeforeTheRoutesAndARoutesFromAProperty() throws Exception {
    Home home = withOption("count: \"{{my.count:5}}\"").set("my.count", "6");
    try (Engine engine = home.start("i4vgen")) {
      assertThat(candidates(engine, job("a star"))).containsEntry("count", "6");
      assertThat(candidates(engine, job("a star").with("candidates", "7"))).containsEntry("count", "7");
      assertThat(candidates(engine, job("a star").with("candidates.count", "8"))).containsEntry("count", "8");
    }
  }

  private static Map<String, String> candidates(Engine engine, Job job) {
    return engine.generate("i4vgen", job).provenance().stream().filter(step -> step.stage().equals("candidates"))
        .findFirst().orElseThrow().options();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "i4vgen|shapes|stpes|3|parameter 'stpes' of the job: no step of route 'i4vgen' has it: did you mean 'steps'?",
      "text-to-video|shapes|candidates|3|parameter 'candidates' of the job: no step of route 'text-to-video' has it",
      "i4vgen|shapes|steps|0|parameter 'steps' of the job is '0': must be a whole number from 1 to 1000",
      "i4vgen|shapes|preset|nope|pack 'shapes' has no preset 'nope'",
      "i4vgen|nope|steps|3|no pack 'nope'",
      "i4vegn|shapes|steps|3|route 'i4vegn' is unknown: did you mean 'i4vgen'?",
  })
  void refusesAJobBeforeAnythingRuns(String route, String model, String name, String value, String message)
      throws Exception {
    try (Engine engine = Home.in(folder).start("i4vgen", "text-to-video")) {
      Job job = new Job("one", "a star", null, 7, model, Map.of(name, value));
      assertThatThrownBy(() -> engine.generate(route, job)).isInstanceOf(BadJob.class).message().startsWith(message);
      assertThat(exists("outbox")).isFalse();
    }
  }

  @Test
  void refusesAJobOneOfWhoseNetworksIsCutBeforeAnythingRuns() throws Exception {
    Path pack = SmallPack.write(folder.resolve("packs"));
    Path weights = pack.resolve("reward/model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    Home home = Home.in(folder).edit("kamelets/i4vgen-image-reward-action.kamelet.yaml",
        FakeStages.class.getName() + "$ImageReward", ImageReward.class.getName());
    try (Engine engine = home.start("i4vgen", "text-to-video")) {
      Job job = new Job("one", "a star", null, 7, pack.toString(), Map.of());
      engine.check("i4vgen", job);
      Files.write(weights, Arrays.copyOf(whole, whole.length - 100));
      Path yaml = pack.resolve("plugin.yaml");
      Files.writeString(yaml, Files.readString(yaml).replace("bytes: " + whole.length + ",",
          "bytes: " + (whole.length - 100) + ","));
      assertThatThrownBy(() -> engine.generate("i4vgen", job)).isInstanceOf(BadJob.class)
          .hasMessageStartingWith("pack 'small', network 'reward': " + weights + ": ")
          .hasMessageEndingWith("(truncated file?)");
      engine.check("text-to-video", job);
    }
  }

  @Test
  void refusesAFormatThatTheFilesNameContradictsBeforeAnythingRuns() throws Exception {
    Home home = Home.in(folder).set("i4vgen.file", "{id}.mp4").edit("kamelets/i4vgen-encode-mp4-action.kamelet.yaml",
        FakeStages.class.getName() + "$EncodeVideo", EncodeVideo.class.getName());
    try (Engine engine = home.start("i4vgen")) {
      engine.check("i4vgen", job("a star"));
      assertThatThrownBy(() -> engine.check("i4vgen", job("a star").with("format", "gif"))).isInstanceOf(BadJob.class)
          .hasMessageStartingWith("the file '{id}.mp4' ends with '.mp4', but the format is 'gif'");
    }
  }

  private boolean exists(String name) {
    return Files.exists(folder.resolve(name));
  }

  @Test
  void startsOnlyWhatIsAskedForAndWhatThatCalls() throws Exception {
    Home home = Home.in(folder).route("broken", "- route: [").route("caller", """
        - route:
            id: caller
            from:
              uri: direct:caller
              steps:
                - to: {uri: "direct:text-to-video?failIfNoConsumers=true"}
        """);
    try (Engine engine = home.start("caller")) {
      assertThat(engine.generate("caller", job("a star")).provenance()).hasSize(5);
      assertThat(exists("inbox")).isFalse();
      assertThat(exists("state")).isFalse();
    }
    assertThatThrownBy(() -> home.start("brokn")).isInstanceOf(BadJob.class)
        .hasMessageContaining("route 'brokn' is in no file").hasMessageContaining("broken.camel.yaml:1");
    assertThatThrownBy(() -> Engine.serve(home.configuration(), Home.SILENT)).isInstanceOf(BadJob.class)
        .hasMessageContaining("broken.camel.yaml:1");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "process: {ref: nope}|bad.camel.yaml:6: No bean could be found in the registry for: nope",
      "log: \"{{nope}}\"|bad.camel.yaml:6: Property with key [nope] not found",
      "to: {uri: \"log:a?zzz=3\"}|bad.camel.yaml:6: Failed to resolve endpoint: log://a?zzz=3",
  })
  void saysWhereARouteIsBroken(String step, String message) throws Exception {
    Home home = Home.in(folder).route("bad", """
        - route:
            id: bad
            from:
              uri: direct:bad
              steps:
                - %s
        """.formatted(step));
    assertThatThrownBy(() -> home.start("bad")).isInstanceOf(RouteFailure.class)
        .message().startsWith(message).doesNotContain("\n");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "proces: {ref: nope}|'proces' is no step that Camel knows",
      "to: {url: \"direct:a\"}|'url' is not a key here",
      "to: [1, 2]|a list can't stand here",
      "to: {uri: \"nope:x\"}|there is no component 'nope': steps are called kamelet:NAME, routes direct:NAME",
      "to: {uri: \"i4vgen-noise-action\"}|there is no component 'i4vgen-noise-action': write kamelet:i4vgen-noise-a",
      "to: {uri: nope}|there is no component 'nope': steps are called kamelet:NAME, routes direct:NAME",
      "to: {uri: \"kamelet:nope\"}|there is no step 'nope'; steps are files in ",
      "to: {uri: \"kamelet:i4vgen-nivsds-action\"}|there is no step 'i4vgen-nivsds-action': did you mean 'i4vgen-",
  })
  void saysInItsOwnWordsHowARouteIsWrittenWrongly(String step, String message) throws Exception {
    Home home = Home.in(folder).route("bad", """
        - route:
            id: bad
            from:
              uri: direct:bad
              steps:
                - %s
        """.formatted(step));
    assertThatThrownBy(() -> home.start("bad")).isInstanceOf(BadJob.class)
        .message().startsWith("bad.camel.yaml:6: " + message).doesNotContain("\n");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '#', value = {
      "@\t\t- to: {uri: x}@                   | 6: a tab can't indent: use spaces",
      "@    - to: {uri: \"x}@    - to: y@       | 6: a quotation mark that is opened here is closed nowhere",
      "@    - to: {uri: 'x}@                   | 6: a quotation mark that is opened here is closed nowhere",
      "@    - to: {uri: x@    - to: {uri: y}@  | 6: a '{' that is opened here is not closed, or a ',' is missing",
      "@    - to: [x@    - to: {uri: y}@       | 6: a '[' that is opened here is not closed, or a ',' is missing",
      "@    - to: {uri: x}@   - to: {uri: y}@  | 7: is indented otherwise than what it belongs to: give all keys, or",
      "@    - to: x@      uri@        y: z@    | 7: a key without a ':' behind it",
      "@    - log: a: b@                       | 6: a ':' can't stand here: put one behind the key of the line before",
      "@    - log: %x@                         | 6: a value can't begin with '%': put it in quotes",
      "@    - to: [1, 2]@                      | 6: a list can't stand here",
      "@    - [to]@                            | 6: a step is a key with its values, like",
      "@      {a: b}@                          | 6: a mapping of keys to values can't stand here",
  })
  void saysInItsOwnWordsOnWhichLineAFileIsNoYaml(String steps, String message) throws Exception {
    Home home = Home.in(folder).route("bad", "- route:\n    id: bad\n    from:\n      uri: direct:bad\n      steps:"
        + steps.replace("@    ", "\n        ").replace("@   ", "\n       ").replace("@", "\n"));
    assertThatThrownBy(() -> home.start("bad")).isInstanceOf(BadJob.class)
        .message().contains("bad.camel.yaml:" + message).doesNotContain("is in no file").doesNotContain("\n");
  }

  @Test
  void aFileWhoseRouteHasAnotherIdIsSaid() throws Exception {
    Home home = Home.in(folder).route("mine", """
        - route:
            id: other
            from:
              uri: direct:other
              steps: []
        """);
    assertThatThrownBy(() -> home.start("mine")).isInstanceOf(BadJob.class).hasMessage(("route 'mine' is not in %s,"
        + " which has the id other: a route is called by its id, so write 'id: mine' there, or ask for that"
        + " id").formatted(folder.resolve("routes/mine.camel.yaml")));
  }

  @Test
  void aRouteMayCallItsOwnTemplate() throws Exception {
    Home home = Home.in(folder).route("templated", """
        - routeTemplate:
            id: nothing
            from:
              uri: kamelet:source
              steps:
                - log: nothing
        - route:
            id: templated
            from:
              uri: direct:templated
              steps:
                - to: {uri: "kamelet:nothing"}
        """);
    try (Engine engine = home.start("templated")) {
      assertThat(engine.generate("templated", job("a star")).job().prompt()).isEqualTo("a star");
    }
  }
}
