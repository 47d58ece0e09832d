// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pictures are made by {@code tools/make-pictures}: four quarters in red, green, blue and yellow. */
class PictureReaderTest {

  private static final Path PICTURES = Path.of("src/test/resources/pictures");
  private static final int[] COLOURS = {0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00};
  private static final int[] GREYS = {0x4C4C4C, 0x969696, 0x1D1D1D, 0xE2E2E2};

  @TempDir
  Path folder;

  private static void assertQuarters(Picture picture, int tolerance, int... colours) {
    assertThat(new int[] {picture.width(), picture.height()}).containsExactly(48, 32);
    for (int i = 0; i < 4; i++) {
      int seen = picture.color(10 + i % 2 * 24, 7 + i / 2 * 16);
      for (int shift = 0; shift <= 16; shift += 8) {
        assertThat(seen >> shift & 0xFF).as("quarter %d is %06x", i, seen)
            .isCloseTo(colours[i] >> shift & 0xFF, within(tolerance));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"rgb.jpg, 4", "progressive.jpg, 4", "full-colour.jpg, 4", "cmyk.jpg, 4", "rgb.png, 0", "rgb16.png, 1",
      "lossy.webp, 6", "lossless.webp, 0"})
  void readsColours(String file, int tolerance) throws IOException {
    assertQuarters(PictureReader.read(PICTURES.resolve(file)), tolerance, COLOURS);
  }

  @ParameterizedTest
  @CsvSource({"grey.jpg, 2", "grey.png, 0", "grey16.png, 1"})
  void readsGreys(String file, int tolerance) throws IOException {
    assertQuarters(PictureReader.read(PICTURES.resolve(file)), tolerance, GREYS);
  }

  @Test
  void readsOneBitAPixel() throws IOException {
    assertQuarters(PictureReader.read(PICTURES.resolve("one-bit.png")), 0, 0, 0xFFFFFF, 0, 0xFFFFFF);
  }

  @ParameterizedTest
  @CsvSource({"alpha.png, 0", "alpha16.png, 1", "palette.png, 0", "alpha.webp, 6", "alpha-lossless.webp, 0"})
  void showsWhiteBehindWhatIsTransparent(String file, int tolerance) throws IOException {
    assertQuarters(PictureReader.read(PICTURES.resolve(file)), tolerance, 0xFF0000, 0x00FF00, 0x0000FF, 0x999999);
  }

  @ParameterizedTest
  @ValueSource(strings = {"turned-1.jpg", "turned-2.jpg", "turned-3.jpg", "turned-4.jpg", "turned-5.jpg",
      "turned-6.jpg", "turned-7.jpg", "turned-8.jpg", "turned-6.png", "turned-6.webp"})
  void turnsAPictureAsExifSays(String file) throws IOException {
    assertQuarters(PictureReader.read(PICTURES.resolve(file)), 4, COLOURS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "webp"})
  void readsOnePixel(String ending) throws IOException {
    Picture picture = PictureReader.read(PICTURES.resolve("pixel." + ending));
    assertThat(new int[] {picture.width(), picture.height()}).containsExactly(1, 1);
    assertThat(picture.color(0, 0) >> 16).isGreaterThan(245);
    assertThat(picture.color(0, 0) & 0xFF).isLessThan(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.jpg", "progressive.jpg", "turned-6.jpg", "cmyk.jpg", "rgb.png", "alpha.png",
      "palette.png", "turned-6.png", "lossy.webp", "alpha.webp", "lossless.webp", "turned-6.webp"})
  void refusesAFileThatWasCutOffAnywhere(String file) throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve(file));
    for (int length = 0; length < whole.length - 1; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> PictureReader.read(part)).as("%d bytes", length).isInstanceOf(IOException.class);
    }
  }

  /** Whatever is read from nonsense, it is an error or a picture. */
  @ParameterizedTest
  @ValueSource(strings = {"turned-6.jpg", "turned-6.png", "turned-6.webp", "lossy.webp"})
  void survivesAnyByteThatIsWrong(String file) throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve(file));
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] wrong = whole.clone();
      wrong[i] ^= (byte) 0xFF;
      try {
        PictureReader.read(wrong);
      } catch (IOException e) {
        assertThat(e).message().isNotBlank();
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aPngWhoseBytesWereChangedIsRefused() throws IOException {
    byte[] wrong = Files.readAllBytes(PICTURES.resolve("rgb.png"));
    wrong[wrong.length - 30] ^= 1;
    assertThatThrownBy(() -> PictureReader.read(Files.write(folder.resolve("a.png"), wrong)))
        .isInstanceOf(IOException.class).hasMessageStartingWith("cannot read the picture " + folder.resolve("a.png"));
  }

  @Test
  void saysWhatIsWrongWithAFile() throws IOException {
    Files.writeString(folder.resolve("text.png"), "a red star");
    Files.write(folder.resolve("empty.jpg"), new byte[0]);
    Files.write(folder.resolve("cut.png"), Arrays.copyOf(Files.readAllBytes(PICTURES.resolve("rgb.png")), 100));
    assertRefused("text.png", "it is no JPEG, PNG or WebP picture: it begins with the bytes 61 20 72 65 64 20 73 74");
    assertRefused("empty.jpg", "it is empty");
    assertRefused("cut.png", "it is cut off: its end is missing");
    assertRefused("none.jpg", "there is no such file");
    assertRefused("", "it is a folder");
    assertThatThrownBy(() -> PictureReader.read(PICTURES.resolve("quarters.gif")))
        .hasMessageContaining("47 49 46 38 37 61");
    assertThatThrownBy(() -> PictureReader.read(PICTURES.resolve("animated.webp")))
        .hasMessageEndingWith("it is an animated WebP file: save one picture of it");
  }

  private void assertRefused(String file, String reason) {
    assertThatThrownBy(() -> PictureReader.read(folder.resolve(file))).isInstanceOf(IOException.class)
        .hasMessage("cannot read the picture %s: %s", folder.resolve(file), reason);
  }

  @Test
  void refusesMorePixelsThanMemoryIsFor() throws IOException {
    assertThatThrownBy(() -> PictureReader.read(grey(10_001, 10_000, false))).isInstanceOf(IOException.class)
        .hasMessage("it has 10001 x 10000 pixels: the most are 100 million");
  }

  @Test
  void averagesAHugePictureDown() throws IOException {
    Picture picture = PictureReader.read(grey(9_000, 6_000, true));
    assertThat(new int[] {picture.width(), picture.height()}).containsExactly(4_500, 3_000);
    assertThat(picture.color(10, 10)).isEqualTo(0x000000);
    assertThat(picture.color(4_490, 2_990)).isEqualTo(0xFFFFFF);
  }

  /** A PNG of one bit a pixel: black above, white below. */
  private static byte[] grey(int width, int height, boolean pixels) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    chunk(file, "IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 1).array());
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (DeflaterOutputStream rows = new DeflaterOutputStream(data)) {
      byte[] row = new byte[1 + (width + 7) / 8];
      for (int y = 0; pixels && y < height; y++) {
        Arrays.fill(row, 1, row.length, (byte) (2 * y < height ? 0 : 0xFF));
        rows.write(row);
      }
    }
    chunk(file, "IDAT", data.toByteArray());
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream file, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    file.write(ByteBuffer.allocate(4).putInt(data.length).array());
    file.write(name);
    file.write(data);
    file.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
