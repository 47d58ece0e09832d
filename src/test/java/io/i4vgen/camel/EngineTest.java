// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import io.i4vgen.stage.Stage;
import java.nio.file.Path;
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

  @Test
  void saysTheFileAndTheLineOfABadOption() throws Exception {
    Home home = Home.in(folder).edit("i4vgen.camel.yaml", "candidates-action\"}",
        "candidates-action\", parameters: {count: many}}");
    assertThatThrownBy(() -> home.start("i4vgen")).isInstanceOf(BadJob.class).hasMessage(
        "i4vgen.camel.yaml:12: parameter 'count' of i4vgen-candidates-action is 'many': "
            + "must be a whole number from 1 to 1024");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "process: {ref: nope}|bad.camel.yaml:6: No bean could be found in the registry for: nope",
      "proces: {ref: nope}|Unknown node id: proces",
      "to: {uri: \"kamelet:nope\"}|bad.camel.yaml:6: Resource not found",
      "to: {uri: \"nope:x\"}|bad.camel.yaml:6: No endpoint could be found for: nope://x",
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
}
