// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.media.Clip;
import io.i4vgen.media.Format;
import io.i4vgen.media.Picture;
import io.i4vgen.media.Tags;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VideoPlaceTest {

  private static final String RECIPE = "{\"i4vgen\":1,\"job\":{\"seed\":%d}}";

  private static final int VIDEOS = 30;

  @TempDir
  Path folder;

  @ParameterizedTest
  @EnumSource
  void aJobFindsItsOwnFileAgainAndTakesNoOthers(Format format) throws IOException {
    Path target = folder.resolve("star." + format.extension());
    for (int seed : List.of(1, 2, 3)) {
      write(format, target, seed);
    }
    assertThat(write(format, target, 1)).isEqualTo(format.first(target));
    assertThat(write(format, target, 3)).isEqualTo(format.first(folder.resolve("star-3." + format.extension())));
  }

  @Test
  void whatIsNoVideoOfThisProgramStays() throws IOException {
    Path target = Files.writeString(folder.resolve("star.gif"), "not a video");
    assertThat(write(Format.GIF, target, 1)).isEqualTo(folder.resolve("star-2.gif"));
    assertThat(target).hasContent("not a video");
    Path link = Files.createSymbolicLink(folder.resolve("heart.gif"), folder.resolve("nothing"));
    assertThat(write(Format.GIF, link, 1)).isEqualTo(folder.resolve("heart-2.gif"));
    assertThat(link).isSymbolicLink();
  }

  @Test
  void aDamagedVideoStays() throws IOException {
    Path target = folder.resolve("star.mp4");
    write(Format.MP4, target, 1);
    byte[] whole = Files.readAllBytes(target);
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) 0x55;
      Files.write(target, damaged);
      assertThat(VideoPlace.isOfSameJob(RECIPE.formatted(2), target)).isFalse();
    }
    assertThat(write(Format.MP4, target, 2)).isEqualTo(folder.resolve("star-2.mp4"));
  }

  @Test
  void whatCantBeLookedAtIsLeftToWhoeverWritesThere() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    assertThatThrownBy(() -> write(Format.MP4, file.resolve("star.mp4"), 1)).isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write " + file.resolve("star.mp4"));
    Path tooLong = folder.resolve("x".repeat(300) + ".mp4");
    assertThatThrownBy(() -> write(Format.MP4, tooLong, 1)).isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write " + tooLong);
  }

  @Test
  void twoProcessesAtOneTimeTakeNoVideoFromEachOther() throws Exception {
    List<Process> processes = List.of(writing(1000), writing(2000));
    try {
      begin(processes);
      for (Process process : processes) {
        assertThat(process.waitFor()).isZero();
      }
      assertThat(seeds()).doesNotHaveDuplicates().hasSize(2 * VIDEOS);
      assertThat(folder).isDirectoryNotContaining("glob:**.part");
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  @Test
  void aProcessThatIsKilledLeavesWholeVideosAndTakesNoNameForEver() throws Exception {
    Process process = writing(1000);
    try {
      begin(List.of(process));
      await(process, folder.resolve("star-3-0001.png"));
    } finally {
      process.destroyForcibly().waitFor();
    }
    List<Integer> seeds = seeds();
    assertThat(seeds).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(3).contains(1000, 1001, 1002);
    Path target = folder.resolve("star.png");
    assertThat(write(Format.PNG, target, 1)).isEqualTo(
        folder.resolve("star-%d-0001.png".formatted(seeds.size() + 1)));
    assertThat(write(Format.PNG, target, 1000)).isEqualTo(folder.resolve("star-0001.png"));
  }

  /** A process that waits until all of its kind are there, then writes videos of so many jobs of one id. */
  private Process writing(int firstSeed) throws IOException {
    return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        Writer.class.getName(), folder.toString(), Integer.toString(firstSeed)).inheritIO().start();
  }

  private void begin(List<Process> processes) throws Exception {
    for (Process process : processes) {
      await(process, folder.resolve("ready-" + process.pid()));
    }
    Files.createFile(folder.resolve("go"));
  }

  private static void await(Process process, Path file) throws InterruptedException {
    while (!Files.exists(file)) {
      assertThat(process.isAlive()).isTrue();
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** The seeds in the recipes of all videos in the folder. */
  private List<Integer> seeds() throws IOException {
    List<Integer> seeds = new ArrayList<>();
    try (DirectoryStream<Path> videos = Files.newDirectoryStream(folder, "star*-0001.png")) {
      for (Path video : videos) {
        seeds.add(Integer.parseInt(Format.readRecipe(video).replaceAll(".*:|}", "")));
      }
    }
    return seeds;
  }

  /** Another process. */
  static final class Writer {

    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(arguments[0]);
      Files.createFile(folder.resolve("ready-" + ProcessHandle.current().pid()));
      while (!Files.exists(folder.resolve("go"))) {
        Thread.onSpinWait();
      }
      for (int i = 0; i < VIDEOS; i++) {
        write(Format.PNG, folder.resolve("star.png"), Integer.parseInt(arguments[1]) + i);
      }
    }
  }

  private static Path write(Format format, Path target, int seed) throws IOException {
    Picture picture = new Picture(16, 16, new byte[16 * 16 * 3]);
    return VideoPlace.write(new Clip(8, List.of(picture, picture)), target, format, new Tags("a star",
        RECIPE.formatted(seed)));
  }
}
