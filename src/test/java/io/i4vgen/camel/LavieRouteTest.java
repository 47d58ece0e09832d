// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import io.i4vgen.media.Picture;
import io.i4vgen.media.VideoReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LaVie's routes with the model that they name, the pack {@code shapes-lavie}, and FreeInit's with it. */
class LavieRouteTest {

  private static final Map<String, String> SHORT = Map.of("steps", "8", "frames", "8", "sampler", "ddim");

  @TempDir
  static Path folder;

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = Engine.start(Configuration.load(Map.of(), Map.of("i4vgen.home", ".",
        "i4vgen.output", folder.toString())),
        Set.of("text-to-video-lavie", "i4vgen-lavie", "i4vgen-freeinit"), Home.SILENT);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static Job job(String route, String prompt, Map<String, String> parameters) {
    return new Job(route, prompt, null, 5, engine.model(route), parameters);
  }

  private static List<Picture> frames(Outcome outcome) throws Exception {
    return VideoReader.read(outcome.file().orElseThrow()).frames();
  }

  /** The mean of red less that of blue, 0 to 255. */
  private static double redness(List<Picture> frames) {
    return frames.stream().mapToDouble(frame -> {
      byte[] rgb = frame.rgb();
      double sum = 0;
      for (int i = 0; i < rgb.length; i += 3) {
        sum += (rgb[i] & 0xFF) - (rgb[i + 2] & 0xFF);
      }
      return sum / (rgb.length / 3.0);
    }).average().orElseThrow();
  }

  @Test
  void theVideoFollowsTheColourOfThePrompt() throws Exception {
    String prompt = "a large %s circle moving right on a black background";
    String route = "text-to-video-lavie";
    double red = redness(frames(engine.generate(route, job(route, prompt.formatted("red"), SHORT))));
    double blue = redness(frames(engine.generate(route, job(route, prompt.formatted("blue"), SHORT))));
    assertThat(red).isGreaterThan(blue + 5);
  }

  @Test
  void i4vgenRunsWithTheSamplerAndThePresetOfThePack() throws Exception {
    Outcome made = engine.generate("i4vgen-lavie", job("i4vgen-lavie", "a red star in the sky",
        Map.of("steps", "5", "frames", "4", "candidates", "3")));
    assertThat(frames(made)).hasSize(4);
    assertThat(made.rewards()).hasSize(3);
    assertThat(made.job().model()).isEqualTo("shapes-lavie");
    assertThat(options(made, "candidates")).containsEntry("sampler", "ddpm");
    assertThat(options(made, "ni-vsds")).containsEntry("stepSize", "1.0").containsEntry("fraction", "0.6");
    assertThat(options(made, "noise")).containsEntry("strength", "0.8");
    assertThat(options(made, "denoise")).containsEntry("steps", "4");
  }

  @Test
  void freeInitStartsFromTheNoisiestStepWhateverThePresetOfThePackSays() throws Exception {
    Outcome made = engine.generate("i4vgen-freeinit", new Job("freeinit", "a red star in the sky", null, 5,
        "shapes-lavie", Map.of("steps", "2", "frames", "2", "candidates", "1", "free-init.iterations", "1")));
    assertThat(options(made, "noise")).containsEntry("strength", "1.0");
    assertThat(options(made, "free-init")).containsEntry("iterations", "1");
  }

  private static Map<String, String> options(Outcome made, String stage) {
    return made.provenance().stream().filter(step -> step.stage().equals(stage)).map(Step::options).findFirst()
        .orElseThrow();
  }
}
