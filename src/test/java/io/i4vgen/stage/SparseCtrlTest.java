// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static io.i4vgen.stage.Pipelines.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.network.RandomSparseControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On the demo pack with SparseCtrl networks of random weights: it is about what they are told, not what they say. */
class SparseCtrlTest {

  private static final String STAR = "samples/pictures/yellow-star.jpg";
  private static final String CIRCLE = "samples/pictures/red-circle.png";

  @TempDir
  static Path folder;

  private static Pipelines pipelines;

  @BeforeAll
  static void open() throws IOException {
    writePack(Path.of("plugins/shapes"), folder.resolve("steered"));
    pipelines = new Pipelines(folder);
  }

  private static void writePack(Path shapes, Path pack) throws IOException {
    StringBuilder networks = new StringBuilder("networks:\n");
    StringBuilder files = new StringBuilder();
    for (String kind : List.of("Rgb", "Scribble")) {
      Path network = pack.resolve("random" + kind);
      RandomSparseControl.write(network, shapes.resolve("unet/config.json"), kind.equals("Rgb"));
      networks.append("  sparsectrl%1$s: {config: random%1$s/config.json, weights: [random%1$s/model.safetensors]}%n"
          .formatted(kind));
      for (String file : List.of("config.json", "model.safetensors")) {
        files.append("  random%s/%s: {bytes: %d}%n".formatted(kind, file, Files.size(network.resolve(file))));
      }
    }
    String text = Files.readString(shapes.resolve("plugin.yaml"));
    for (String line : text.lines().filter(one -> one.matches("  \\S+: \\{bytes.*")).toList()) {
      Path file = Path.of(line.strip().split(":")[0]);
      Files.createDirectories(pack.resolve(file).getParent());
      Files.copy(shapes.resolve(file), pack.resolve(file));
    }
    Files.writeString(pack.resolve("plugin.yaml"), text.replace("networks:\n", networks) + files);
  }

  @AfterAll
  static void close() {
    pipelines.close();
  }

  private static Job job(Map<String, String> more) {
    Map<String, String> parameters = new HashMap<>(Map.of("steps", "2", "frames", "4"));
    parameters.putAll(more);
    return new Job("test", "a yellow star over green hills", null, 7, folder.resolve("steered").toString(), parameters);
  }

  private static Stage sparseCtrl() {
    return new SparseCtrl(null, null, null, null, null, null);
  }

  private static float[] video(Map<String, String> parameters, Stage... stages) {
    try (Generation made = pipelines.run(job(parameters), List.of(stages))) {
      return made.parts().get(Part.VIDEO).toFloatArray();
    }
  }

  private static float[] video(Map<String, String> parameters) {
    return video(parameters, step("text-encode"), sparseCtrl(), step("noise"), step("denoise"));
  }

  @Test
  void theConditionHoldsTheLatentsOfTheGivenFramesAndSaysWhichTheyAre() {
    Map<String, String> two = Map.of("conditions", STAR + "@0, " + CIRCLE + "@-1");
    try (Generation made = pipelines.run(job(two), List.of(sparseCtrl()));
        Generation anchor = pipelines.run(job(Map.of("image", STAR)), List.of(new ImageAnchor(null)))) {
      NDArray condition = made.parts().get(Part.CONDITION);
      assertThat(condition.getShape()).isEqualTo(new Shape(4, 5, 16, 16));
      assertThat(condition.get(":, 4:").reshape(4, -1).mean(new int[] {1}).toFloatArray()).containsExactly(1, 0, 0, 1);
      assertThat(condition.get("1:3").abs().sum().getFloat()).isZero();
      NDArray difference = condition.get("0:1, :4").sub(anchor.parts().get(Part.ANCHOR)).abs();
      assertThat(difference.mean().getFloat()).as("a sample is near the mean").isBetween(1e-6f, 0.1f);
      assertThat(condition.get("3:4, :4").sub(anchor.parts().get(Part.ANCHOR)).abs().mean().getFloat())
          .isGreaterThan(0.2f);
      assertThat(made.facts()).containsEntry(Fact.STEERING, "rgb").containsEntry(Fact.STEERING_SCALE, "1.0")
          .containsEntry(Fact.STEERED, "denoise,free-init,ni-vsds");
      assertThat(made.provenance()).containsExactly(new Step("sparsectrl", Map.of("kind", "rgb", "scale", "1.0",
          "conditions", "yellow-star.jpg@0, red-circle.png@-1", "in", "denoise,free-init,ni-vsds")));
    }
  }

  @Test
  void aScribbleIsSeenAsAnImageOfZeroToOne() {
    Map<String, String> scribble = Map.of("image", STAR, "sparsectrl.kind", "scribble");
    try (Generation made = pipelines.run(job(scribble), List.of(sparseCtrl()))) {
      NDArray condition = made.parts().get(Part.CONDITION);
      assertThat(condition.getShape()).isEqualTo(new Shape(4, 4, 128, 128));
      assertThat(condition.min().getFloat()).isZero();
      assertThat(condition.get("0, :3").max().getFloat()).isBetween(0.9f, 1f);
      assertThat(condition.get("0, 0, 64, 64").getFloat()).as("red of a yellow star").isGreaterThan(0.9f);
    }
    assertThat(video(scribble)).isNotEqualTo(video(Map.of("image", STAR)));
  }

  @Test
  void whatComesDependsOnThePictureItsFrameAndTheScale() {
    float[] star = video(Map.of("image", STAR));
    assertThat(video(Map.of("conditions", STAR + "@0"))).isEqualTo(star);
    assertThat(video(Map.of("image", CIRCLE))).isNotEqualTo(star);
    assertThat(video(Map.of("conditions", STAR + "@1"))).isNotEqualTo(star);
    assertThat(video(Map.of("image", STAR, "sparsectrl.scale", "0.5"))).isNotEqualTo(star);
    float[] plain = video(Map.of(), step("text-encode"), step("noise"), step("denoise"));
    assertThat(star).isNotEqualTo(plain);
    assertThat(video(Map.of("image", STAR, "sparsectrl.scale", "0"))).usingComparatorWithPrecision(1e-6f)
        .containsExactly(plain);
  }

  @Test
  void onlyTheStepsThatAreNamedAreSteered() {
    Stage[] animate = {step("text-encode"), new ImageAnchor(null), sparseCtrl(), step("replicate"),
        step("ni-vsds")};
    Stage[] all = Stream.concat(Stream.of(animate), Stream.of(step("noise"), step("denoise")))
        .toArray(Stage[]::new);
    Stage[] none = Stream.of(all).filter(stage -> !(stage instanceof SparseCtrl)).toArray(Stage[]::new);
    Stage[] noneAnimated = Stream.of(animate).filter(stage -> !(stage instanceof SparseCtrl)).toArray(Stage[]::new);
    Map<String, String> later = Map.of("image", STAR, "sparsectrl.in", "denoise");
    Map<String, String> early = Map.of("image", STAR, "sparsectrl.in", "ni-vsds");
    assertThat(video(later, animate)).isEqualTo(video(Map.of("image", STAR), noneAnimated));
    assertThat(video(early, animate)).isNotEqualTo(video(Map.of("image", STAR), noneAnimated));
    assertThat(video(later, all)).isNotEqualTo(video(Map.of("image", STAR), none));
    assertThat(video(early, all)).isNotEqualTo(video(later, all));
  }

  @Test
  void aLongVideoIsSteeredInTheWindowsThatHoldAGivenFrame() {
    Stage windows = new ContextWindows("freenoise", "4", "2", null, null);
    Map<String, String> ends = Map.of("frames", "6", "steps", "1", "conditions", STAR + "@0, " + CIRCLE + "@-1");
    Stage[] route = {step("text-encode"), windows, sparseCtrl(), step("noise"), step("denoise")};
    float[] steered = video(ends, route);
    assertThat(steered).hasSize(6 * 4 * 16 * 16).isEqualTo(video(ends, route));
    float[] first = video(Map.of("frames", "6", "steps", "1", "conditions", STAR + "@0"), route);
    int alone = 2 * 4 * 16 * 16; // the first two frames are in the first window only
    assertThat(Arrays.mismatch(first, 0, alone, steered, 0, alone)).isEqualTo(-1);
    assertThat(Arrays.equals(first, steered)).isFalse();
    Map<String, String> long40 = Map.of("frames", "40", "image", STAR);
    sparseCtrl().check(job(long40), pipelines.models(), List.of(route));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "STAR@4          | frame 4 for the picture STAR: the video has frames 0 to 3, or -4 to -1 from its end",
      "STAR@-5         | frame -5 for the picture STAR: the video has frames 0 to 3",
      "STAR@3, STAR@-1 | frame -1 for the picture STAR: another picture is given for it",
      "STAR            | parameter 'conditions' of the job is 'STAR': must be FILE@FRAME, such as star.png@0",
      "STAR@x          | parameter 'conditions' of the job is 'STAR@x': must be FILE@FRAME",
      "STAR@0,         | parameter 'conditions' of the job is 'STAR@0,': must be FILE@FRAME",
      "none.png@0      | cannot read the picture none.png: there is no such file",
      "''              | the job has neither 'image' nor 'conditions'",
  })
  void refusesConditionsThatMakeNoSenseBeforeAnythingRuns(String conditions, String message) {
    Map<String, String> parameters = conditions.isEmpty() ? Map.of()
        : Map.of("conditions", conditions.replace("STAR", STAR));
    assertThatThrownBy(() -> sparseCtrl().check(job(parameters), pipelines.models(), List.of()))
        .isInstanceOf(BadJob.class)
        .hasMessageStartingWith(message.replace("STAR", STAR));
  }

  @Test
  void refusesAFrameThatTheImageHasAlreadyAndWhatThePackCantDo() {
    Map<String, String> twice = Map.of("image", STAR, "conditions", CIRCLE + "@0");
    assertThatThrownBy(() -> sparseCtrl().check(job(twice), pipelines.models(), List.of())).isInstanceOf(BadJob.class)
        .hasMessage("frame 0 for the picture %s: another picture is given for it", CIRCLE);
    Map<String, String> long33 = Map.of("image", STAR, "frames", "33");
    assertThatThrownBy(() -> sparseCtrl().check(job(long33), pipelines.models(), List.of())).isInstanceOf(BadJob.class)
        .hasMessageContaining("frames is '33'");
    Job lavie = new Job("test", "a star", null, 7, "src/test/resources/diffusers/animatediff", Map.of("image", STAR));
    assertThatThrownBy(() -> sparseCtrl().check(lavie, pipelines.models(), List.of())).isInstanceOf(BadJob.class)
        .hasMessage("pack 'animatediff' has no network 'sparsectrlRgb', which i4vgen-sparsectrl-action needs");
    for (Map<String, String> bad : List.of(Map.of("sparsectrl.kind", "depth"), Map.of("sparsectrl.scale", "-1"),
        Map.of("sparsectrl.in", "denoise,decode"))) {
      assertThatThrownBy(() -> sparseCtrl().check(job(bad), pipelines.models(), List.of())).isInstanceOf(BadJob.class)
          .hasMessageStartingWith("parameter '" + bad.keySet().iterator().next() + "' of the job is '");
    }
  }

  @Test
  void aVideoOfAnotherLengthIsRefused() {
    Job job = job(Map.of("image", STAR, "sparsectrl.frames", "3"));
    assertThatThrownBy(() -> pipelines.run(job, List.of(step("text-encode"), sparseCtrl(), step("noise"),
        step("denoise")))).isInstanceOf(BadJob.class)
        .hasMessage("i4vgen-sparsectrl-action knows of 3 frames, the video in i4vgen-denoise-action has 4: set frames"
            + " for the job, not for a step");
  }
}
