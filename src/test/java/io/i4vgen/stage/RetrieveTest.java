// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetrieveTest {

  private static final String PICTURES = "samples/pictures";

  private static Pipelines pipelines;
  private static final List<String> WARNINGS = new ArrayList<>();

  @TempDir
  Path folder;

  @BeforeAll
  static void open() {
    pipelines = new Pipelines(Path.of("target"), new Progress() {
      @Override
      public void warned(Job job, String message) {
        WARNINGS.add(message);
      }
    });
  }

  @AfterAll
  static void close() {
    pipelines.close();
  }

  private static Job job(String prompt, String images) {
    return Pipelines.job(prompt, 7, Map.of("images", images));
  }

  private static String chosen(Generation made) {
    return made.provenance().get(0).options().get("image");
  }

  @ParameterizedTest
  @CsvSource({"a green heart in the sky, green-heart.png", "a yellow star over green hills, yellow-star.jpg",
      "a blue square at night, blue-square.png", "a red circle on the beach, red-circle.png",
      "a pink ring on a checkerboard, pink-ring.png", "a purple triangle on a gray background, purple-triangle.png"})
  void thePictureThatThePromptDescribesIsTheAnchor(String prompt, String file) {
    try (Generation made = pipelines.run(job(prompt, PICTURES), List.of(new Retrieve(null)));
        Generation given = pipelines.run(Pipelines.job(prompt, 7, Map.of("image", PICTURES + "/" + file)),
            List.of(new ImageAnchor(null)))) {
      assertThat(chosen(made)).isEqualTo(file);
      assertThat(made.rewards()).hasSize(6);
      float best = made.rewards()[Integer.parseInt(made.facts().get(Fact.ANCHOR))];
      for (float reward : made.rewards()) {
        assertThat(reward).isLessThanOrEqualTo(best);
      }
      assertThat(made.parts().get(Part.ANCHOR)).isEqualTo(given.parts().get(Part.ANCHOR));
    }
  }

  @Test
  void whatCantBeReadIsLeftOutWithAWarning() throws IOException {
    Files.writeString(folder.resolve("a-note.txt"), "these are pictures");
    Files.writeString(folder.resolve(".hidden"), "nothing");
    Files.createDirectories(folder.resolve("below.png"));
    Files.write(folder.resolve("b-empty.png"), new byte[0]);
    Files.copy(Path.of(PICTURES, "red-circle.png"), folder.resolve("c.png"));
    WARNINGS.clear();
    Stage stage = new Retrieve(null);
    stage.check(job("a star", folder.toString()), pipelines.models());
    try (Generation made = pipelines.run(job("a star", folder.toString()), List.of(stage))) {
      assertThat(chosen(made)).isEqualTo("c.png");
      assertThat(made.rewards()).hasSize(1);
      assertThat(made.facts()).containsEntry(Fact.ANCHOR, "0");
    }
    assertThat(WARNINGS).hasSize(2).first().asString()
        .startsWith("cannot read the picture " + folder.resolve("a-note.txt") + ": it is no JPEG, PNG or WebP picture");
    assertThat(WARNINGS.get(1)).endsWith("b-empty.png: it is empty");
  }

  @Test
  void aFolderWithNothingToChooseFromIsRefusedBeforeAnythingRuns() throws IOException {
    Stage stage = new Retrieve(null);
    assertThatThrownBy(() -> stage.check(job("a star", folder.toString()), pipelines.models()))
        .isInstanceOf(BadJob.class).hasMessage("the folder %s holds no picture that can be read", folder);
    Files.writeString(folder.resolve("note.txt"), "these are pictures");
    assertThatThrownBy(() -> stage.check(job("a star", folder.toString()), pipelines.models()))
        .isInstanceOf(BadJob.class)
        .hasMessageStartingWith("the folder %s holds no picture that can be read; cannot read the picture %s: it is no",
            folder, folder.resolve("note.txt"));
    assertThatThrownBy(() -> stage.check(job("a star", "nowhere"), pipelines.models()))
        .isInstanceOf(BadJob.class).hasMessage("images is 'nowhere': there is no such folder");
    assertThatThrownBy(() -> stage.check(Pipelines.job("a star", 1, Map.of()), pipelines.models()))
        .isInstanceOf(BadJob.class).hasMessageStartingWith("the job has no 'images'");
    Job unscored = new Job("test", "a star", null, 7, "src/test/resources/diffusers/animatediff",
        Map.of("images", PICTURES));
    assertThatThrownBy(() -> stage.check(unscored, pipelines.models())).isInstanceOf(BadJob.class)
        .hasMessage("pack 'animatediff' has no reward network, so that i4vgen-retrieve-action can't choose a picture");
  }

  @Test
  void choosingLeavesNoTensorsBehind() {
    pipelines.run(job("a star", PICTURES), List.of(new Retrieve(null))).close();
    int tensors = pipelines.tensors();
    pipelines.run(job("a star", PICTURES), List.of(new Retrieve(null))).close();
    assertThat(pipelines.tensors()).isEqualTo(tensors);
  }
}
