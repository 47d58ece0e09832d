// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A route that says which model its jobs have if they name none. */
class RouteModelTest {

  private static final String ROUTE = """
      - route:
          id: %1$s
          from:
            uri: direct:%1$s
            steps:
              - setVariable: {name: model, constant: %2$s}
              - to: {uri: "kamelet:i4vgen-text-encode-action"}
              - to: {uri: "kamelet:i4vgen-noise-action"}
              - to: {uri: "kamelet:i4vgen-denoise-action"}
              - to: {uri: "kamelet:i4vgen-decode-action"}
              - to: {uri: "kamelet:i4vgen-encode-mp4-action"}
      """;

  @TempDir
  Path folder;

  @Test
  void theRoutesOfLavieAndSparseCtrlNameAModelAndTheOthersDoNot() {
    RouteFolder routes = RouteFolder.open(Path.of("routes"));
    assertThat(routes.model("text-to-video-lavie", "usual")).isEqualTo("shapes-lavie");
    assertThat(routes.model("i4vgen-lavie", "usual")).isEqualTo("shapes-lavie");
    for (String route : List.of("sparsectrl-image", "sparsectrl-scribble", "i4vgen-sparsectrl")) {
      assertThat(routes.model(route, "usual")).as(route).isEqualTo("shapes-sparsectrl");
    }
    assertThat(routes.model("i4vgen", "usual")).isEqualTo("usual");
  }

  @Test
  void aJobThatNamesNoModelHasItsRoutes() {
    JobReader reader = new JobReader(route -> route.equals("mine") ? "my-pack" : "shapes", "i4vgen");
    Source source = Source.file("cat.yaml", "1");
    assertThat(reader.read("prompt: a", source).job().model()).isEqualTo("shapes");
    assertThat(reader.read("{prompt: a, route: mine}", source).job().model()).isEqualTo("my-pack");
    assertThat(reader.read("{prompt: a, route: mine, model: other}", source).job().model()).isEqualTo("other");
  }

  @Test
  void aTextFromAnotherRouteHasItToo() throws Exception {
    Home home = Home.in(folder).set("i4vgen.model", "nowhere").route("mine", ROUTE.formatted("mine", "shapes"))
        .route("caller", """
        - route:
            id: caller
            from:
              uri: direct:caller
              steps:
                - setBody: {constant: a red star}
                - to: {uri: "direct:mine"}
        """);
    try (Engine engine = home.start("caller")) {
      assertThat(engine.model("mine")).isEqualTo("shapes");
      assertThat(engine.model("caller")).isEqualTo("nowhere");
      Job job = new Job("one", "unused", null, 1, "shapes", Map.of());
      assertThat(engine.generate("caller", job).job().model()).isEqualTo("shapes");
    }
  }

  @Test
  void theModelOfARouteMustBeThere() throws Exception {
    Home home = Home.in(folder).route("mine", ROUTE.formatted("mine", "nowhere"));
    try (Engine engine = home.start("mine")) {
      Job job = new Job("one", "a star", null, 1, engine.model("mine"), Map.of());
      assertThatThrownBy(() -> engine.generate("mine", job)).isInstanceOf(BadJob.class)
          .hasMessageStartingWith("no pack 'nowhere'");
    }
  }
}
