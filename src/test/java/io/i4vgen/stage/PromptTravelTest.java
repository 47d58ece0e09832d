// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptTravelTest extends WithPipelines {

  private static final List<Stage> TRAVEL = List.of(new PromptTravel(null, null, null),
      new ContextWindows(null, null, null, null, null), Pipelines.textToVideo().get(1), Pipelines.textToVideo().get(2));

  private static Job job(Map<String, String> parameters) {
    Map<String, String> all = new HashMap<>(Map.of("steps", "2", "frames", "6"));
    all.putAll(parameters);
    return Pipelines.job("a red circle in the sky", 3, all);
  }

  @Test
  void withoutPromptsOfFramesTheVideoIsTheBaselines() {
    try (Generation travel = pipelines.run(job(Map.of()), TRAVEL);
        Generation plain = pipelines.run(job(Map.of()), Pipelines.textToVideo().subList(0, 3))) {
      NDArray difference = travel.parts().get(Part.VIDEO).sub(plain.parts().get(Part.VIDEO)).abs();
      assertThat(travel.parts().get(Part.TEXT).getShape().get(0)).isEqualTo(7);
      assertThat(difference.max().getFloat()).isLessThan(1e-3f);
    }
  }

  @Test
  void everyFrameHasTheTextOfItsPlaceOnTheWay() {
    Job job = job(Map.of("prompts", "2: a red circle in the sky; 4: a blue circle in the sky"));
    try (Generation made = pipelines.run(job, TRAVEL.subList(0, 1));
        Generation red = pipelines.run(job, List.of(new TextEncode()))) {
      NDArray text = made.parts().get(Part.TEXT);
      assertThat(text.get("0:2").toFloatArray()).isEqualTo(red.parts().get(Part.TEXT).toFloatArray());
      assertThat(text.get(3).toFloatArray()).isEqualTo(text.get(1).toFloatArray());
      assertThat(text.get(5).toFloatArray()).isEqualTo(text.get(6).toFloatArray())
          .isNotEqualTo(text.get(1).toFloatArray());
      assertThat(made.provenance().get(0).options()).containsEntry("prompts",
          "0: a red circle in the sky; 2: a red circle in the sky; 4: a blue circle in the sky");
    }
  }

  /** Whatever the pack has learnt else: red and blue are colours that it knows. */
  @Test
  void theColourOfTheObjectFollowsThePrompts() {
    Job job = job(Map.of("prompts", "5: a blue circle in the sky", "steps", "10", "frames", "8"));
    List<Stage> stages = List.of(TRAVEL.get(0), TRAVEL.get(1), TRAVEL.get(2), TRAVEL.get(3), new Decode(null));
    try (Generation made = pipelines.run(job, stages);
        Generation red = pipelines.run(job(Map.of("steps", "10", "frames", "8")), stages)) {
      assertThat(redMinusBlue(made, 7)).isLessThan(redMinusBlue(red, 7) - 5);
      assertThat(redMinusBlue(made, 0) - redMinusBlue(made, 7)).isGreaterThan(5);
    }
  }

  /** Of the mean colour of a frame, 0 to 255. */
  private static float redMinusBlue(Generation made, int frame) {
    NDArray picture = made.parts().get(Part.FRAMES).get(frame).toType(DataType.FLOAT32, true);
    return picture.get(0).mean().getFloat() - picture.get(2).mean().getFloat();
  }

  @Test
  void windowsSeeTheTextOfTheirFrames() {
    Map<String, String> windows = Map.of("frames", "9", "context-windows.length", "4", "steps", "1");
    Map<String, String> travelling = new HashMap<>(windows);
    travelling.put("prompts", "8: a blue circle in the sky");
    try (Generation red = pipelines.run(job(windows), TRAVEL);
        Generation blue = pipelines.run(job(travelling), TRAVEL)) {
      NDArray difference = red.parts().get(Part.VIDEO).sub(blue.parts().get(Part.VIDEO)).abs();
      assertThat(difference.getShape()).isEqualTo(new Shape(9, 4, 16, 16));
      assertThat(difference.get(8).mean().getFloat()).isGreaterThan(difference.get(0).mean().getFloat());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a star", "0 a star", "0:", "1: a; 1: b", "-1: a", "0: a | b; x: c; 2:"})
  void whatIsNoListOfFramesAndPromptsIsRefused(String prompts) {
    assertThatThrownBy(() -> new PromptTravel(prompts, null, null)).isInstanceOf(BadJob.class)
        .hasMessageContaining("'" + prompts + "': must be frames and their prompts, each frame once");
  }

  @Test
  void aSemicolonMayStandInAPrompt() {
    assertThat(FramePrompts.read("0: a star; red: very; 8: b").prompts())
        .isEqualTo(Map.of(0, "a star; red: very", 8, "b"));
  }

  @Test
  void aPromptForAFrameThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> TRAVEL.get(0).check(job(Map.of("prompts", "6: a star")), pipelines.models()))
        .isInstanceOf(BadJob.class)
        .hasMessage("prompt-travel.prompts has one for frame 6: the frames of this video are 0 to 5");
  }

  @Test
  void aVideoOfAnotherLengthThanThePromptsIsRefused() {
    Job job = job(Map.of("noise.frames", "5"));
    assertThatThrownBy(() -> pipelines.run(job, TRAVEL).close()).isInstanceOf(BadJob.class)
        .hasMessage("there are prompts for 6 frames, but the video has 5: set 'frames' for both");
  }
}
