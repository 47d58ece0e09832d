// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that name a route, or want of it, what it is not. */
class RouteSlipsTest {

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  /** A folder of routes with the shipped one alone, without the lines of a step. */
  private Path routesWithout(String step) throws IOException {
    Path routes = Files.createDirectories(folder.resolve("routes/kamelets")).getParent();
    try (Stream<Path> kamelets = Files.list(Path.of("routes/kamelets"))) {
      for (Path kamelet : kamelets.toList()) {
        Files.copy(kamelet, routes.resolve("kamelets").resolve(kamelet.getFileName()));
      }
    }
    try (Stream<String> lines = Files.lines(Path.of("routes/i4vgen.camel.yaml"))) {
      Files.writeString(routes.resolve("i4vgen.camel.yaml"), lines.filter(line -> !line.contains(step))
          .collect(Collectors.joining("\n")));
    }
    return routes;
  }

  private String refused(String line) {
    int before = text(screen.err).length();
    List<String> words = new ArrayList<>(List.of(line.split(" ")));
    assertThat(I4vgen.run(words.toArray(String[]::new))).isEqualTo(2);
    String said = text(screen.err).substring(before);
    assertThat(said).startsWith("i4vgen: ").hasLineCount(1);
    return said;
  }

  @ParameterizedTest
  @ValueSource(strings = {"generate star --out %1$s/x.mp4", "sweep star --vary steps=1,2 --out %1$s/new",
      "evaluate --prompts 1 --pipelines i4vgen --out %1$s/new", "bench --routes i4vgen",
      "sample-vbench %1$s/v.json --out %1$s/new"})
  void noCommandBeginsWithARouteThatLacksAStep(String command) throws Exception {
    Files.writeString(folder.resolve("v.json"), "[{\"prompt_en\": \"a red star\", \"dimension\": [\"color\"]}]");
    String line = command.formatted(folder) + " --set i4vgen.routes=" + routesWithout("i4vgen-decode-action");
    assertThat(refused(line)).isEqualToIgnoringNewLines("i4vgen: i4vgen.camel.yaml:17: i4vgen-encode-mp4-action needs"
        + " 'frames', which nothing before it has made: put i4vgen-decode-action before it in the route");
    assertThat(folder).isDirectoryNotContaining("glob:**/{x.mp4,new}");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "generate star --route routes/i4vgen.camel.yaml | --route 'routes/i4vgen.camel.yaml'",
      "generate star --route i4vgen.camel.yaml        | --route 'i4vgen.camel.yaml'",
      "sweep star --vary steps=1 --route ./i4vgen.yml | --route './i4vgen.yml'",
      "generate star --set i4vgen.route=routes/i4vgen | route 'routes/i4vgen'",
      "evaluate --pipelines routes/i4vgen.camel.yaml  | route 'routes/i4vgen.camel.yaml'",
      "bench --routes routes\\i4vgen.camel.yaml        | route 'routes\\i4vgen.camel.yaml'",
  })
  void aRouteIsNotCalledByItsFile(String line, String option) {
    assertThat(refused(line)).isEqualToIgnoringNewLines(
        "i4vgen: " + option + ": takes a route's name, such as i4vgen, not its file");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "--option strength=1       | 'strength' of the job: no step of route 'i4vgen' has it: did you mean "
          + "'noise.strength'?",
      "--option noise.strengt=1  | 'noise.strengt' of the job: no step of route 'i4vgen' has it: did you mean "
          + "'noise.strength'?",
      "--image star.png          | 'image' of the job: no step of route 'i4vgen' has it; it is for i4vgen-image, "
          + "i4vgen-sparsectrl, sparsectrl-image, sparsectrl-scribble",
      "--images pictures         | 'images' of the job: no step of route 'i4vgen' has it; it is for i4vgen-retrieved",
      "--condition star.png@0    | 'conditions' of the job: no step of route 'i4vgen' has it; it is for "
          + "i4vgen-sparsectrl, sparsectrl-image, sparsectrl-scribble",
      "--option prompts=0:a      | 'prompts' of the job: no step of route 'i4vgen' has it; it is for prompt-travel",
  })
  void anOptionThatARouteHasNotIsGuessedOrTheRoutesAreNamedThatHaveIt(String option, String message) {
    assertThat(refused("generate star " + option)).isEqualToIgnoringNewLines("i4vgen: parameter " + message);
  }

  @Test
  void whereNothingIsNearAllOptionsAreListed() {
    assertThat(refused("generate star --option quality=9")).contains("no step of route 'i4vgen' has it; it has "
        + "candidates, candidates.count, ").doesNotContain("?;");
  }
}
