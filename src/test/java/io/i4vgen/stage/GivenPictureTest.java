// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static io.i4vgen.stage.Pipelines.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.evaluate.shapes.Criterion;
import io.i4vgen.evaluate.shapes.Judge;
import io.i4vgen.evaluate.shapes.PromptReader;
import io.i4vgen.evaluate.shapes.Verdict;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.media.Clip;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the networks of shapes-sparsectrl make of a picture when the prompt says how things move, and no more. */
class GivenPictureTest {

  private static final Map<String, String> PICTURES = Map.of(
      "red-circle.png", "a red circle moving right on the beach",
      "blue-square.png", "a blue square moving right at night",
      "yellow-star.jpg", "a yellow star moving right over green hills");

  private static Pipelines pipelines;

  @BeforeAll
  static void open() {
    pipelines = new Pipelines(Path.of("target"));
  }

  @AfterAll
  static void close() {
    pipelines.close();
  }

  private static Clip clip(String file, String scale) {
    List<Stage> route = List.of(step("text-encode"), new SparseCtrl(null, null, null, null, null, null),
        step("noise"), step("denoise"), step("decode"));
    Map<String, String> parameters = Map.of("image", "samples/pictures/" + file, "steps", "10",
        "sparsectrl.scale", scale);
    Job job = new Job("test", "moving right", null, 3, "shapes-sparsectrl", parameters);
    try (Generation made = pipelines.run(job, route)) {
      return new Clip(8, Images.pictures(made.parts().get(Part.FRAMES)));
    }
  }

  private static Verdict verdict(Clip clip, String truth) {
    return new Judge().judge(clip, new PromptReader().read(truth));
  }

  @Test
  void colourShapeAndSceneAreThoseOfTheGivenPicture() {
    List<String> kept = new ArrayList<>();
    PICTURES.forEach((file, truth) -> {
      Verdict verdict = verdict(clip(file, "1"), truth);
      if (verdict.holds(Criterion.COLOR) && verdict.holds(Criterion.SHAPE) && verdict.holds(Criterion.SCENE)) {
        kept.add(file);
      }
    });
    assertThat(kept).hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  void withoutSteeringTheyAreNot() {
    Clip unsteered = clip("red-circle.png", "0");
    assertThat(PICTURES.values()).noneMatch(truth -> {
      Verdict verdict = verdict(unsteered, truth);
      return verdict.holds(Criterion.COLOR) && verdict.holds(Criterion.SHAPE);
    });
  }
}
