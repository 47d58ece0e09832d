// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A route that says how far it has come; in processes of their own, as a process has one log. */
class RouteLogTest {

  @TempDir
  Path folder;

  @BeforeEach
  void route() throws Exception {
    Path kamelets = Files.createDirectories(folder.resolve("routes/kamelets"));
    try (Stream<Path> files = Files.list(Path.of("routes/kamelets"))) {
      for (Path file : files.toList()) {
        Files.copy(file, kamelets.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("routes/talk.camel.yaml"), """
        - route:
            id: talk
            from:
              uri: direct:talk
              steps:
                - to: {uri: "kamelet:i4vgen-text-encode-action"}
                - log: "so far: ${body}"
                - to: {uri: "kamelet:i4vgen-noise-action", parameters: {frames: 2, steps: 1}}
                - log: {message: "in detail", loggingLevel: DEBUG}
                - to: {uri: "kamelet:i4vgen-denoise-action"}
                - to: {uri: "kamelet:i4vgen-decode-action"}
                - to: {uri: "kamelet:i4vgen-encode-mp4-action"}
        """);
  }

  private String generate(String... more) throws Exception {
    Path said = folder.resolve("said");
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        I4vgen.class.getName(), "generate", "a red star", "--seed", "1", "--route", "talk", "--set",
        "i4vgen.routes=" + folder.resolve("routes"), "--set", "i4vgen.state=" + folder.resolve("state"), "--out",
        folder.resolve("star.mp4").toString()));
    command.addAll(List.of(more));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().remove("I4VGEN_LOG");
    assertThat(builder.start().waitFor()).as(Files.readString(said)).isZero();
    return Files.readString(said);
  }

  @Test
  void aStepThatLogsIsHeardUnderTheRoutesName() throws Exception {
    assertThat(generate()).containsPattern("INFO +talk: so far: generation a-red-star-1-talk 'a red star' \\[TEXT\\]")
        .doesNotContain("in detail").contains("denoise", "done in");
  }

  @Test
  void butNotIfNothingIsToBePrinted() throws Exception {
    assertThat(generate("--quiet")).isEqualToIgnoringNewLines(folder.resolve("star.mp4").toString());
  }
}
