// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.UnderLocale;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PngTest {

  private static final Clip CLIP = SampleClips.diamond(65, 33, 3);
  private static final Tags TAGS = new Tags("a red diamond", "{\"prompt\": \"größer 🌟\"}");

  @TempDir
  Path folder;

  @Test
  void keepsEveryPixelOfEveryFrame() throws IOException {
    List<Path> files = Format.PNG.write(CLIP, folder.resolve("clip.png"), TAGS);
    assertThat(files).containsExactly(
        folder.resolve("clip-0001.png"), folder.resolve("clip-0002.png"), folder.resolve("clip-0003.png"));
    for (int i = 0; i < 3; i++) {
      assertSamePixels(ImageIO.read(files.get(i).toFile()), CLIP.frames().get(i));
    }
  }

  @Test
  void numbersFramesWithTheSameDigitsForEveryUser() throws Throwable {
    UnderLocale.run("fa", this::keepsEveryPixelOfEveryFrame);
  }

  @Test
  void givesTheRecipeBack() throws IOException {
    Path file = folder.resolve("picture.png");
    Png.write(CLIP.frames().get(0), file, TAGS);
    assertThat(Format.readRecipe(file)).isEqualTo(TAGS.recipe());
    Png.write(CLIP.frames().get(0), file, Tags.NONE);
    assertThat(Format.readRecipe(file)).isEmpty();
  }

  @Test
  void writesAllFramesOrNone() throws IOException {
    Path taken = Files.createDirectory(folder.resolve("clip-0003.png"));
    assertThatThrownBy(() -> Format.PNG.write(CLIP, folder.resolve("clip.png"), TAGS))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write " + taken + ": it is a folder");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(taken);
    }
  }

  @Test
  void ofALongerClipThatWasThereBeforeNothingIsLeft() throws IOException {
    Path target = folder.resolve("clip.png");
    Format.PNG.write(SampleClips.diamond(65, 33, 6), target, TAGS);
    Png.write(CLIP.frames().get(0), folder.resolve("clip-0007.png"), Tags.NONE);
    Files.writeString(folder.resolve("clip-0008.png"), "no picture");
    Format.PNG.write(CLIP, target, TAGS);
    assertThat(names()).containsExactly("clip-0001.png", "clip-0002.png", "clip-0003.png", "clip-0007.png",
        "clip-0008.png");
  }

  @Test
  void whatAKilledProcessLeftBehindIsDeletedByTheNextThatWritesTheFile() throws Exception {
    Process killed = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-version").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    killed.waitFor();
    String start = ".%08x-".formatted("picture.png".hashCode());
    FileTime longAgo = FileTime.from(Instant.now().minusSeconds(3600));
    for (String name : List.of(start + killed.pid() + "-01234567.part",
        start + ProcessHandle.current().pid() + "-01234567.part", ".00000000-" + killed.pid() + "-01234567.part")) {
      Files.setLastModifiedTime(Files.writeString(folder.resolve(name), "half"), longAgo);
    }
    Files.writeString(folder.resolve(start + killed.pid() + "-89abcdef.part"), "just written");
    Png.write(CLIP.frames().get(0), folder.resolve("picture.png"), TAGS);
    assertThat(names()).containsExactlyInAnyOrder(start + ProcessHandle.current().pid() + "-01234567.part",
        ".00000000-" + killed.pid() + "-01234567.part", start + killed.pid() + "-89abcdef.part", "picture.png");
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void assertSamePixels(BufferedImage actual, Picture expected) {
    assertThat(List.of(actual.getWidth(), actual.getHeight())).containsExactly(expected.width(), expected.height());
    for (int y = 0; y < expected.height(); y++) {
      for (int x = 0; x < expected.width(); x++) {
        assertThat(actual.getRGB(x, y) & 0xFFFFFF).isEqualTo(expected.color(x, y));
      }
    }
  }
}
