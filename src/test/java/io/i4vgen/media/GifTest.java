// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GifTest {

  @TempDir
  Path folder;

  @Test
  void keepsFlatColoursExactly() throws IOException {
    Clip clip = SampleClips.diamond(65, 33, 16);
    Clip read = VideoReader.read(written(clip, ""));
    assertThat(List.of(read.width(), read.height(), read.frames().size())).containsExactly(65, 33, 16);
    assertThat(read.fps()).isCloseTo(8, within(0.1));
    for (int i = 0; i < 16; i++) {
      assertThat(read.frames().get(i).rgb()).isEqualTo(clip.frames().get(i).rgb());
    }
  }

  @Test
  void comesCloseToMoreColoursThanItHas() throws IOException {
    Picture picture = Picture.filled(256, 64, 0);
    IntStream.range(0, 256 * 64).forEach(i -> picture.fill(i % 256, i / 256, 1, 1, i % 256 << 16 | i / 256 * 4));
    Picture read = VideoReader.read(written(new Clip(5, List.of(picture)), "")).frames().get(0);
    for (int i = 0; i < read.rgb().length; i++) {
      assertThat(read.rgb()[i] & 0xFF).isCloseTo(picture.rgb()[i] & 0xFF, within(20));
    }
  }

  @Test
  void loopsForEver() throws IOException {
    String bytes = Files.readString(written(SampleClips.diamond(16, 16, 2), ""), StandardCharsets.ISO_8859_1);
    assertThat(bytes).contains("NETSCAPE2.0\3\1\0\0\0");
  }

  @Test
  void givesTheRecipeBack() throws IOException {
    String recipe = "{\"prompt\": \"größer 🌟\"}" + "é".repeat(1000);
    Path file = written(SampleClips.diamond(16, 16, 2), recipe);
    assertThat(Format.readRecipe(file)).isEqualTo(recipe);
    assertThat(VideoReader.read(file).frames()).hasSize(2);
    assertThat(Format.readRecipe(written(SampleClips.diamond(16, 16, 2), ""))).isEmpty();
  }

  @Test
  void givesTheSameBytesForTheSameFrames() throws IOException {
    byte[] first = Files.readAllBytes(written(SampleClips.diamond(64, 64, 4), "{}"));
    assertThat(Files.readAllBytes(written(SampleClips.diamond(64, 64, 4), "{}"))).isEqualTo(first);
  }

  private Path written(Clip clip, String recipe) throws IOException {
    return Format.GIF.write(clip, folder.resolve("clip.gif"), new Tags("", recipe)).get(0);
  }
}
