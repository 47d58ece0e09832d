// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.media.Clip;
import io.i4vgen.media.Format;
import io.i4vgen.media.Picture;
import io.i4vgen.media.Tags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VideoPlaceTest {

  private static final String RECIPE = "{\"i4vgen\":1,\"job\":{\"seed\":%d}}";

  @TempDir
  Path folder;

  @ParameterizedTest
  @EnumSource
  void aJobFindsItsOwnFileAgainAndTakesNoOthers(Format format) throws IOException {
    Path target = folder.resolve("star." + format.extension());
    for (int seed : List.of(1, 2, 3)) {
      write(format, VideoPlace.of(target, format, RECIPE.formatted(seed)), RECIPE.formatted(seed));
    }
    assertThat(VideoPlace.of(target, format, RECIPE.formatted(1))).isEqualTo(target);
    assertThat(VideoPlace.of(target, format, RECIPE.formatted(3))).isEqualTo(
        folder.resolve("star-3." + format.extension()));
  }

  @Test
  void aFileThatNobodyCanReadStays() throws IOException {
    Path target = Files.writeString(folder.resolve("star.mp4"), "not a video");
    assertThat(VideoPlace.of(target, Format.MP4, RECIPE.formatted(1))).isEqualTo(folder.resolve("star-2.mp4"));
  }

  @Test
  void aDamagedVideoStays() throws IOException {
    Path target = folder.resolve("star.mp4");
    write(Format.MP4, target, RECIPE.formatted(1));
    byte[] whole = Files.readAllBytes(target);
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) 0x55;
      Files.write(target, damaged);
      assertThat(VideoPlace.of(target, Format.MP4, RECIPE.formatted(2))).isEqualTo(folder.resolve("star-2.mp4"));
    }
  }

  @Test
  void whatCantBeLookedAtIsLeftToWhoeverWritesThere() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    assertThat(VideoPlace.of(file.resolve("star.mp4"), Format.MP4, RECIPE)).isEqualTo(file.resolve("star.mp4"));
    Path tooLong = folder.resolve("x".repeat(300) + ".mp4");
    assertThat(VideoPlace.of(tooLong, Format.MP4, RECIPE)).isEqualTo(tooLong);
  }

  private static void write(Format format, Path target, String recipe) throws IOException {
    Picture picture = new Picture(16, 16, new byte[16 * 16 * 3]);
    format.write(new Clip(8, List.of(picture, picture)), target, new Tags("a star", recipe));
  }
}
