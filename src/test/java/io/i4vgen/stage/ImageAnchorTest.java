// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.FrameImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageAnchorTest extends WithPipelines {

  private static final String PICTURE = "samples/pictures/yellow-star.jpg";

  private static Job job(String image) {
    return Pipelines.job("a yellow star moving right over green hills", 7,
        Map.of("image", image, "steps", "3", "frames", "4"));
  }

  private static List<Stage> route() {
    return List.of(Pipelines.step("text-encode"), new ImageAnchor(null), Pipelines.step("replicate"),
        Pipelines.step("ni-vsds"), Pipelines.step("noise"), Pipelines.step("denoise"), Pipelines.step("decode"),
        Pipelines.step("encode-mp4"));
  }

  @Test
  void theDecodedAnchorIsThePictureAgain() {
    try (Generation made = pipelines.run(job(PICTURE), List.of(new ImageAnchor(null)))) {
      assertThat(made.parts().get(Part.ANCHOR).getShape()).isEqualTo(new Shape(1, 4, 16, 16));
      assertThat(made.parts().get(Part.ANCHOR).getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(made.provenance()).containsExactly(new Step("image-anchor", Map.of("image", "yellow-star.jpg")));
      try (Generation video = pipelines.run(job(PICTURE), List.of(new ImageAnchor(null), Pipelines.step("replicate"),
          Pipelines.step("decode")))) {
        NDArray picture = new FrameImage(128, 128).of(PictureFiles.read(Path.of(PICTURE)), made.memory());
        float[] seen = video.parts().get(Part.FRAMES).toType(DataType.FLOAT32, true).toFloatArray();
        float[] given = picture.toType(DataType.FLOAT32, true).toFloatArray();
        double sum = 0;
        for (int i = 0; i < given.length; i++) {
          sum += Math.abs(seen[i] - given[i]);
        }
        assertThat(sum / given.length).as("mean difference, of 255").isLessThan(6);
      }
    }
  }

  @Test
  void aPictureMakesAVideoThatDependsOnIt() throws Exception {
    byte[] star = video(PICTURE);
    assertThat(video(PICTURE)).isEqualTo(star);
    assertThat(video("samples/pictures/blue-square.png")).isNotEqualTo(star);
  }

  private static byte[] video(String image) throws Exception {
    try (Generation made = pipelines.run(job(image), route())) {
      return Files.readAllBytes(Path.of(made.facts().get(Fact.FILE)));
    }
  }

  @Test
  void aJobWithoutAPictureOrWithABadOneIsRefusedBeforeAnythingRuns() throws Exception {
    Stage stage = new ImageAnchor(null);
    Job none = Pipelines.job("a star", 1, Map.of());
    assertThatThrownBy(() -> stage.check(none, pipelines.models())).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("the job has no 'image'");
    assertThatThrownBy(() -> stage.check(job("samples/star.yaml"), pipelines.models())).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("cannot read the picture samples/star.yaml: it is no JPEG, PNG or WebP picture");
    assertThatThrownBy(() -> stage.check(job("nowhere.png"), pipelines.models())).isInstanceOf(BadJob.class)
        .hasMessage("cannot read the picture nowhere.png: there is no such file");
    assertThatThrownBy(() -> stage.check(job(" "), pipelines.models())).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("the job has no 'image'");
    stage.check(job(PICTURE), pipelines.models());
  }
}
