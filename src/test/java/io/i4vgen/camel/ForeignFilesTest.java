// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.ImageAnchor;
import io.i4vgen.stage.TextEncode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignFilesTest {

  @TempDir
  Path home;

  private Path inbox;
  private Path images;

  @BeforeEach
  void make() throws IOException {
    inbox = Files.createDirectories(home.resolve("inbox"));
    images = Files.createDirectories(home.resolve("images"));
    Files.createDirectories(images.resolve("inner"));
    for (String file : List.of("secret.png", "inbox/a.png", "images/b.png", "images/inner/c.png")) {
      Files.writeString(home.resolve(file), file);
    }
    Files.createSymbolicLink(images.resolve("link.png"), home.resolve("secret.png"));
    Files.createSymbolicLink(images.resolve("out"), home);
  }

  private Map<String, String> resolved(String key, String path) {
    Job job = new Job("one", "a star", null, 1, "shapes", Map.of(key, path, "steps", "3"));
    return new ForeignFiles(List.of(inbox, images), "the folder of pictures")
        .resolved(job, List.of(new TextEncode(), new ImageAnchor(null))).parameters();
  }

  @Test
  void findsAFileBesideTheJobOrInTheFolderOfPictures() {
    assertThat(resolved("image", "a.png")).containsEntry("image", inbox.resolve("a.png").toString())
        .containsEntry("steps", "3");
    assertThat(resolved("image", "b.png")).containsEntry("image", images.resolve("b.png").toString());
    assertThat(resolved("image-anchor.image", "inner/../inner/c.png"))
        .containsEntry("image-anchor.image", images.resolve("inner/c.png").toString());
    assertThat(resolved("image", images.resolve("b.png").toString()))
        .containsEntry("image", images.resolve("b.png").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"../secret.png", "inner/../../secret.png", "/etc/hostname", "..", "../images2/b.png"})
  void refusesAPathThatLeadsOut(String path) {
    for (String key : List.of("image", "image-anchor.image")) {
      assertThatThrownBy(() -> resolved(key, path)).isInstanceOf(BadJob.class)
          .hasMessage("the file '%s' of the job: a job from outside may name files in the folder of pictures only",
              path);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"link.png", "out/secret.png", "nowhere.png"})
  void refusesALinkThatLeadsOutAsIfThereWereNothing(String path) {
    assertThatThrownBy(() -> resolved("image", path)).isInstanceOf(BadJob.class)
        .hasMessage("the file '%s' of the job: there is none in the folder of pictures", path);
  }

  @Test
  void refusesWhatCantBeAPath() {
    assertThatThrownBy(() -> resolved("image", "a\0b")).isInstanceOf(BadJob.class)
        .hasMessageContaining("must be a JPEG, PNG or WebP file");
  }
}
