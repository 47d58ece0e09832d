// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Mp4Test {

  private static final Clip CLIP = SampleClips.diamond(128, 128, 16);
  private static final Tags TAGS = new Tags("a red diamond", """
      {"prompt": "Ein grüner Stern 🌟, \\"zitiert\\" & <spitz>", "notes": "%s"}""".formatted("é".repeat(4000)));

  @TempDir
  Path folder;

  @Test
  void readsBackCountSizeAndRate() throws IOException {
    Clip read = VideoReader.read(written(CLIP));
    assertThat(read.frames()).hasSize(16);
    assertThat(List.of(read.width(), read.height())).containsExactly(128, 128);
    assertThat(read.fps()).isEqualTo(8);
  }

  @Test
  void keepsTheColoursInEveryFrame() throws IOException {
    Clip read = VideoReader.read(written(CLIP));
    for (int i = 0; i < 16; i++) {
      Picture frame = read.frames().get(i);
      assertColor(frame.color(SampleClips.centerX(128, i), 64), SampleClips.RED);
      assertColor(frame.color(3, 3), SampleClips.SKY);
      assertColor(frame.color(120, 125), SampleClips.GREEN);
    }
  }

  @Test
  void keepsEveryColourOfARainbow() throws IOException {
    int[] colors = {0, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF, 0x808080, 0xFF8C1A};
    Clip clip = new Clip(24, IntStream.of(colors).mapToObj(color -> Picture.filled(32, 32, color)).toList());
    Clip read = VideoReader.read(written(clip));
    for (int i = 0; i < colors.length; i++) {
      assertColor(read.frames().get(i).color(16, 16), colors[i]);
    }
  }

  @Test
  void isH264InYuv420pWithTaggedColours() throws IOException {
    VideoInfo info = VideoReader.info(written(CLIP));
    assertThat(info).isEqualTo(new VideoInfo("h264", "yuv420p", "smpte170m", "tv", 128, 128, 8, TAGS));
  }

  @Test
  void putsTheIndexBeforeThePictures() throws IOException {
    String bytes = Files.readString(written(CLIP), StandardCharsets.ISO_8859_1);
    assertThat(bytes.indexOf("moov")).isPositive().isLessThan(bytes.indexOf("mdat"));
  }

  @Test
  void givesTheSameBytesForTheSameFrames() throws IOException {
    byte[] first = Files.readAllBytes(written(CLIP));
    Files.move(folder.resolve("clip.mp4"), folder.resolve("first.mp4"));
    assertThat(Files.readAllBytes(written(CLIP))).isEqualTo(first);
  }

  @Test
  void givesTheSameBytesInAnotherProcess() throws Exception {
    Path other = folder.resolve("other.mp4");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"),
        "-Dfile.encoding=US-ASCII", OtherProcess.class.getName(), other.toString())
        .redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
    assertThat(process.waitFor()).isZero();
    assertThat(folder.resolve("log")).isEmptyFile();
    assertThat(Files.readAllBytes(other)).isEqualTo(Files.readAllBytes(written(CLIP)));
  }

  static final class OtherProcess {
    public static void main(String[] arguments) throws IOException {
      Format.MP4.write(CLIP, Path.of(arguments[0]), TAGS);
    }
  }

  @Test
  void writesAFilmOfOneFrame() throws IOException {
    Clip read = VideoReader.read(written(SampleClips.diamond(64, 64, 1)));
    assertThat(read.frames()).hasSize(1);
    assertThat(read.fps()).isEqualTo(8);
  }

  @Test
  void makesOddSizesEvenByRepeatingTheEdge() throws IOException {
    Clip read = VideoReader.read(written(SampleClips.diamond(65, 33, 3)));
    assertThat(List.of(read.width(), read.height(), read.frames().size())).containsExactly(66, 34, 3);
    assertColor(read.frames().get(0).color(65, 32), SampleClips.GREEN);
    assertColor(read.frames().get(0).color(65, 33), SampleClips.GREEN);
    assertColor(read.frames().get(0).color(65, 0), SampleClips.SKY);
  }

  @Test
  void takesNoiseToo() throws IOException {
    byte[] noise = new byte[3 * 128 * 128];
    Random random = new Random(0);
    IntStream.range(0, noise.length).forEach(i -> noise[i] = (byte) (random.nextBoolean() ? 255 : 0));
    Picture picture = new Picture(128, 128, noise);
    assertThat(VideoReader.read(written(new Clip(8, List.of(picture, picture)))).frames()).hasSize(2);
  }

  @Test
  void keepsAFractionalRate() throws IOException {
    Clip clip = new Clip(30000.0 / 1001, SampleClips.diamond(32, 32, 4).frames());
    assertThat(VideoReader.read(written(clip)).fps()).isCloseTo(29.97, within(0.001));
  }

  @Test
  void writesFromSeveralThreadsAtOnce() throws IOException {
    List<Path> files = IntStream.range(0, 8).parallel().mapToObj(i -> written(CLIP, "clip" + i + ".mp4")).toList();
    byte[] first = Files.readAllBytes(files.get(0));
    for (Path file : files) {
      assertThat(Files.readAllBytes(file)).isEqualTo(first);
    }
  }

  @Test
  void takesAColonInTheName() throws IOException {
    assertThat(VideoReader.read(written(CLIP, "http: a red star.mp4")).frames()).hasSize(16);
  }

  @Test
  void makesTheFoldersOnTheWay() {
    assertThat(written(CLIP, "a/b/clip.mp4")).isNotEmptyFile();
  }

  @Test
  void leavesTheOldFileAndNothingElseWhenWritingFails() throws IOException {
    Path target = written(CLIP);
    byte[] old = Files.readAllBytes(target);
    Clip tooLong = SampleClips.diamond(100_000, 16, 1);
    assertThatThrownBy(() -> Format.MP4.write(tooLong, target, TAGS))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write " + target + ": writing the start of the file: ");
    assertThat(Files.readAllBytes(target)).isEqualTo(old);
    assertOnlyFile(target);
  }

  @Test
  void namesTheSizesThatItTakes() throws IOException {
    Path target = folder.resolve("clip.mp4");
    assertThatThrownBy(() -> Format.MP4.write(SampleClips.diamond(8, 8, 1), target, TAGS))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("cannot write " + target, "8x8", "at least 16", "4096x2304");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void namesTheFileWhenItsFolderIsNoFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> Format.MP4.write(CLIP, file.resolve("clip.mp4"), TAGS))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write " + file.resolve("clip.mp4") + ": " + file + " is not a folder");
    assertOnlyFile(file);
  }

  @Test
  void namesTheFileWhenItIsAFolder() throws IOException {
    Path taken = Files.createDirectory(folder.resolve("clip.mp4"));
    assertThatThrownBy(() -> Format.MP4.write(CLIP, taken, TAGS))
        .hasMessage("cannot write " + taken + ": it is a folder");
    assertOnlyFile(taken);
  }

  @Test
  void saysWhichFileIsNoVideo() throws IOException {
    Path text = Files.writeString(folder.resolve("text.mp4"), "not a video");
    assertThatThrownBy(() -> VideoReader.read(text)).hasMessageStartingWith("cannot read " + text + ": no video file");
    Path absent = folder.resolve("absent.mp4");
    assertThatThrownBy(() -> VideoReader.read(absent)).hasMessageContaining(absent + ": there is no such file");
  }

  private Path written(Clip clip) {
    return written(clip, "clip.mp4");
  }

  private Path written(Clip clip, String name) {
    Path file = folder.resolve(name.replace('/', File.separatorChar));
    try {
      Format.MP4.write(clip, file, TAGS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private void assertOnlyFile(Path file) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  private static void assertColor(int actual, int expected) {
    for (int shift : new int[] {0, 8, 16}) {
      assertThat(actual >> shift & 0xFF).as("%06x instead of %06x", actual, expected)
          .isCloseTo(expected >> shift & 0xFF, within(5));
    }
  }
}
