// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of routes whose id, or whose uri, nobody has changed. */
class RouteTwinsTest {

  @TempDir
  Path folder;

  private Path routes() {
    return folder.resolve("routes");
  }

  private static String route(String id, String uri) {
    return "- route:\n    id: %s\n    from:\n      uri: %s\n      steps:\n        - log: x\n".formatted(id, uri);
  }

  private Home withACopy() throws IOException {
    Home home = Home.in(folder);
    return home.route("mine", Files.readString(routes().resolve("i4vgen.camel.yaml")));
  }

  @Test
  void twoFilesWithOneIdAreRefusedWhereverRoutesAreReadWithBothPlaces() throws Exception {
    Home home = withACopy();
    String message = "id 'i4vgen' is in %s:4 and in %s:4: give one of them another id (and another direct: uri)"
        .formatted(routes().resolve("i4vgen.camel.yaml"), routes().resolve("mine.camel.yaml"));
    assertThatThrownBy(() -> RouteFolder.open(routes())).isInstanceOf(BadJob.class).hasMessage(message);
    assertThatThrownBy(() -> Engine.startPipelines(home.configuration(), Set.of("i4vgen"), Home.SILENT))
        .isInstanceOf(BadJob.class).hasMessage(message);
    assertThatThrownBy(() -> Engine.serve(home.configuration(), Home.SILENT)).isInstanceOf(BadJob.class)
        .hasMessage(message);
  }

  @Test
  void aCopyWithAnIdOfItsOwnThatTakesTheSameJobsIsRefused() throws Exception {
    withACopy().edit("mine.camel.yaml", "id: i4vgen", "id: mine");
    assertThatThrownBy(() -> RouteFolder.open(routes())).isInstanceOf(BadJob.class).hasMessage(
        "two routes begin with 'direct:i4vgen', in %s:7 and in %s:7: give one of them another uri".formatted(
            routes().resolve("i4vgen.camel.yaml"), routes().resolve("mine.camel.yaml")));
  }

  @Test
  void twoRoutesOfOneIdInOneFileAreRefused() throws Exception {
    Home.in(folder).route("two", route("two", "direct:two") + route("two", "direct:three"));
    Path file = routes().resolve("two.camel.yaml");
    assertThatThrownBy(() -> RouteFolder.open(routes())).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("id 'two' is in %s:2 and in %s:8: ".formatted(file, file));
  }

  @Test
  void routesOfOtherNamesAndThoseThatShareAQueueOrAFolderAreNone() throws Exception {
    Home.in(folder).route("two", route("two", "direct:two?timeout=1") + route("three", "direct:three")
        + route("four", "file:inbox") + route("five", "file:inbox") + "- from:\n    uri: direct:six\n    steps: []\n");
    assertThat(RouteFolder.open(routes()).pipelines()).contains("i4vgen", "three").doesNotContain("four");
  }

  @Test
  void aCopyThatIsAllItsOwnIsAPipelineBesideTheOther() throws Exception {
    Home home = withACopy().edit("mine.camel.yaml", "id: i4vgen", "id: mine");
    home.edit("mine.camel.yaml", "direct:i4vgen", "direct:mine");
    try (Engine engine = home.start("i4vgen", "mine")) {
      assertThat(engine.stages("mine")).hasSameSizeAs(engine.stages("i4vgen"));
    }
  }
}
