// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.media.VideoReader;
import io.i4vgen.stage.Setting;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames, steps and candidates in any number, in every shipped route on the demo pack but SparseCtrl's; what can't be
 * is refused before anything runs.
 */
class AnyNumbersTest {

  /** What routes that begin from pictures need, and what makes the others quick. */
  private static final Map<String, String> MORE = Map.of("image", "samples/pictures/red-circle.png",
      "images", "samples/pictures", "free-init.iterations", "1", "context-windows.stride", "16",
      "ni-vsds.fraction", "0.1");

  @TempDir
  static Path folder;

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = Engine.start(Configuration.load(Map.of(), Map.of("i4vgen.home", ".",
        "i4vgen.output", folder.toString())), new TreeSet<>(pipelines()), Home.SILENT);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  static List<String> pipelines() {
    RouteFolder routes = RouteFolder.open(Path.of("routes"));
    return routes.pipelines().stream().filter(route -> routes.model(route, "shapes").equals("shapes"))
        .toList();
  }

  private static Job job(String route, Map<String, String> parameters) {
    Set<String> known = engine.stages(route).stream().flatMap(stage -> stage.settings().stream())
        .map(Setting::names).flatMap(List::stream).collect(Collectors.toSet());
    Map<String, String> all = new TreeMap<>(MORE);
    all.putAll(parameters);
    all.keySet().retainAll(known);
    return new Job(route, "a red circle in the sky", null, 5, engine.model(route), all);
  }

  private static int frames(String route, Map<String, String> parameters) throws Exception {
    return VideoReader.read(engine.generate(route, job(route, parameters)).file().orElseThrow()).frames().size();
  }

  @ParameterizedTest
  @MethodSource("pipelines")
  void oneFrameOneStepAndOneCandidateMakeAVideo(String route) throws Exception {
    assertThat(frames(route, Map.of("frames", "1", "steps", "1", "candidates", "1"))).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("pipelines")
  void framesStepsAndCandidatesNeedNotHaveToDoWithEachOther(String route) throws Exception {
    assertThat(frames(route, Map.of("frames", "3", "steps", "2", "candidates", "5"))).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text-to-video", "i4vgen", "prompt-travel"})
  void moreFramesThanThePackHasAreMadeAsFarAsTheModelKnowsThem(String route) throws Exception {
    assertThat(frames(route, Map.of("frames", "24", "steps", "1", "candidates", "1"))).isEqualTo(24);
  }

  @ParameterizedTest
  @MethodSource("pipelines")
  void moreFramesThanTheModelKnowsNeedWindows(String route) throws Exception {
    Map<String, String> many = Map.of("frames", "33", "steps", "1", "candidates", "1");
    if (engine.stages(route).stream().anyMatch(stage -> stage.name().equals("context-windows"))) {
      assertThat(frames(route, many)).isEqualTo(33);
    } else {
      assertThatThrownBy(() -> engine.check(route, job(route, many))).isInstanceOf(BadJob.class)
          .hasMessageContaining("33").hasMessageContaining("1 to 32");
    }
  }

  @ParameterizedTest
  @MethodSource("pipelines")
  void noneOfThemCanBeNone(String route) {
    for (String name : List.of("frames", "steps", "candidates")) {
      Job none = job(route, Map.of(name, "0"));
      if (none.parameters().containsKey(name)) {
        assertThatThrownBy(() -> engine.check(route, none)).isInstanceOf(BadJob.class)
            .hasMessageContaining("parameter '" + name + "' of the job is '0': must be a whole number from 1 to");
      }
    }
  }

  @Test
  void thereAreRoutesToTry() {
    assertThat(pipelines()).contains("text-to-video", "freeinit", "i4vgen", "long-video", "prompt-travel");
  }

  @ParameterizedTest
  @CsvSource({"text-to-video, 1000", "i4vgen, 1001", "freeinit, 5000"})
  void moreStepsThanThereAreTimestepsAreRefused(String route, String steps) {
    assertThatThrownBy(() -> engine.check(route, job(route, Map.of("steps", steps)))).isInstanceOf(BadJob.class)
        .hasMessageContaining(steps);
  }
}
