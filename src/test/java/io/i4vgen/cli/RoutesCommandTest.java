// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.camel.RouteFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class RoutesCommandTest {

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  @Test
  void listsEveryShippedRouteWithWhatItDoes() {
    assertThat(I4vgen.run("routes")).isZero();
    List<String> lines = text(screen.out).lines().toList();
    List<String> routes = RouteFolder.open(Path.of("routes")).routes();
    assertThat(lines).hasSameSizeAs(routes).allMatch(line -> line.matches("[a-z0-9-]+ +[A-Z].*"));
    assertThat(lines).map(line -> line.split(" ")[0]).isEqualTo(routes);
    assertThat(lines).filteredOn(line -> line.contains("(serve, from ")).map(line -> line.split(" ")[0])
        .containsExactly("inbox", "queue");
  }

  @Test
  void aNamedRouteShowsItsStepsInTheirOrderAndWhatTheyTake() {
    assertThat(I4vgen.run("routes", "i4vgen-lavie", "inbox")).isZero();
    assertThat(text(screen.out)).startsWith("i4vgen-lavie: ").containsSubsequence("with the model shapes-lavie",
        "\n  text-encode ", "\n  candidates ", "\n    candidates.count: integer from 1 to 1024\n      How many",
        "\n  ni-vsds ", "\n    denoise.sampler: ddim, ", "\n  encode-mp4 ", "\ninbox: ");
  }

  @Test
  void anUnknownRouteIsToldWhichThereAre() {
    assertThat(I4vgen.run("routes", "nope")).isEqualTo(2);
    assertThat(text(screen.err)).startsWith("i4vgen: route 'nope' is in no file of ").hasLineCount(1)
        .contains("; there are ", "i4vgen-lavie", "inbox");
    assertThat(I4vgen.run("routes", "i4vgen-lavi")).isEqualTo(2);
    assertThat(text(screen.err)).contains("did you mean 'i4vgen-lavie'");
  }

  @Test
  void whatIsWrongWithAStepIsToldOfTheRoutesThatHaveIt() throws Exception {
    Files.createDirectory(folder.resolve("kamelets"));
    Files.writeString(folder.resolve("kamelets/mine.kamelet.yaml"), "spec: [");
    String route = """
        - route:
            id: %1$s
            description: |
              Does
              it.
            from: {uri: "direct:%1$s", steps: [{log: "kamelet:/"}, {to: "kamelet:%2$s"}]}
        """;
    Files.writeString(folder.resolve("one.camel.yaml"), route.formatted("one", "mine"));
    Files.writeString(folder.resolve("two.camel.yaml"), route.formatted("two", "gone"));
    String routes = "i4vgen.routes=" + folder;
    assertThat(I4vgen.run("routes", "two", "--set", routes)).isZero();
    assertThat(text(screen.out)).contains("two: Does it.\n", "  gone             (has no file in the folder kamelets)");
    assertThat(I4vgen.run("routes", "--set", routes)).isZero();
    assertThat(I4vgen.run("routes", "one", "--set", routes)).isEqualTo(2);
    assertThat(text(screen.err)).startsWith("i4vgen: " + folder.resolve("kamelets/mine.kamelet.yaml") + ":1: ")
        .hasLineCount(1);
  }

  @Test
  void aFileThatCannotBeReadHidesNoOther() throws Exception {
    Files.writeString(folder.resolve("good.camel.yaml"),
        "- route: {id: good, description: Does it., from: {uri: \"direct:good\", steps: [{to: \"log:done\"}]}}\n");
    Files.writeString(folder.resolve("worse.camel.yaml"), "- route: {id: worse\n- {\n");
    assertThat(I4vgen.run("routes", "--set", "i4vgen.routes=" + folder)).isEqualTo(1);
    assertThat(text(screen.out).lines()).hasSize(2).first().asString().matches("good +Does it\\.");
    assertThat(text(screen.out)).contains("worse.camel.yaml:");
    assertThat(I4vgen.run("routes", "good", "--set", "i4vgen.routes=" + folder)).isEqualTo(1);
    assertThat(text(screen.out)).contains("good: Does it.\n  in ");
  }
}
