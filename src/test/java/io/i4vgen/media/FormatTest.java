// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatTest {

  @TempDir
  Path folder;

  @Test
  void isKnownByItsNameInAnyCase() {
    assertThat(Format.named("mp4")).contains(Format.MP4);
    assertThat(Format.named("Gif")).contains(Format.GIF);
    assertThat(Format.named("avi")).isEmpty();
  }

  @Test
  void isKnownByTheEndingOfAFile() {
    assertThat(Format.ofEnding(Path.of("a.mp4/star.PNG"))).contains(Format.PNG);
    assertThat(Format.ofEnding(Path.of("star.gif.avi"))).isEmpty();
    assertThat(Format.ofEnding(Path.of("star"))).isEmpty();
  }

  @Test
  void givesTheRecipeOfAnMp4Back() throws IOException {
    String recipe = "{\"prompt\": \"größer 🌟\", \"quoted\": \"\\\"\"}\n" + "é".repeat(5000);
    Path file = folder.resolve("clip.mp4");
    Format.MP4.write(SampleClips.diamond(32, 32, 2), file, new Tags("größer", recipe));
    assertThat(Format.readRecipe(file)).isEqualTo(recipe);
  }

  @Test
  void saysWhichFileItCannotRead() throws IOException {
    Path absent = folder.resolve("absent.mp4");
    assertThatThrownBy(() -> Format.readRecipe(absent)).hasMessage("cannot read " + absent + ": there is no such file");
    for (Format format : Format.values()) {
      Path target = folder.resolve("x." + format.extension());
      Path file = format.write(SampleClips.diamond(16, 16, 1), target, Tags.NONE).get(0);
      for (int length : new int[] {0, 3, 8, 11, 20, 40}) {
        Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(Files.readAllBytes(file), length));
        assertThatThrownBy(() -> Format.readRecipe(cut)).as("%s of %s bytes", format, length)
            .isInstanceOf(IOException.class).hasMessageStartingWith("cannot read " + cut + ": ");
      }
    }
  }

  @Test
  void refusesTextThatAFileWouldCut() {
    assertThatThrownBy(() -> new Tags("", "a\0b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the recipe holds the character 0 at 1");
  }
}
