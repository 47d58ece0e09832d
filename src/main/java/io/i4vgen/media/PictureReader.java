// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads photographs and drawings: JPEG (grey, colour, CMYK), PNG (every depth) and WebP, told by their content. They
 * are turned as EXIF says; what is transparent shows white behind it. Colour profiles are not applied. A large picture
 * is averaged down while it is read, so that memory has a bound.
 */
public final class PictureReader {

  /** The most pixels that a file may have. */
  public static final int MOST_PIXELS = 100_000_000;
  /** The most bytes that a file may have. */
  public static final int MOST_BYTES = 256 << 20;

  /** A picture with more than so many pixels is averaged down by a whole number. */
  private static final int KEPT_PIXELS = 16_000_000;

  private PictureReader() {}

  /**
   * The picture in a file.
   *
   * @throws IOException naming {@code file} and the reason, if it is missing, too large, damaged or no such picture
   */
  public static Picture read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("cannot read the picture " + file + ": it is a folder");
    }
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException("cannot read the picture " + file + ": there is no such file");
    }
    try {
      return read(bytes(file));
    } catch (IOException e) {
      throw new IOException("cannot read the picture " + file + ": " + e.getMessage(), e);
    }
  }

  /** The picture in a file's bytes. */
  static Picture read(byte[] bytes) throws IOException {
    StillFile still = StillFile.of(bytes);
    long pixels = (long) still.width() * still.height();
    if (pixels > MOST_PIXELS) {
      throw new IOException("it has %d x %d pixels: the most are %d million".formatted(still.width(), still.height(),
          MOST_PIXELS / 1_000_000));
    }
    int factor = (int) Math.ceil(Math.sqrt((double) pixels / KEPT_PIXELS));
    int width = Math.max(1, still.width() / factor);
    int height = Math.max(1, still.height() / factor);
    return turned(StillDecoder.rgba(still, bytes, width, height), width, height, still.orientation());
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES);
      if (in.read() >= 0) {
        throw new IOException("it has more than %d bytes".formatted(MOST_BYTES));
      }
      return bytes;
    }
  }

  private static Picture turned(byte[] rgba, int width, int height, int orientation) {
    boolean aside = orientation >= 5;
    Picture picture = Picture.filled(aside ? height : width, aside ? width : height, 0);
    int to = 0;
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        int across = aside ? y : x;
        int down = aside ? x : y;
        int column = isMirrored(orientation) ? width - 1 - across : across;
        int row = isUpsideDown(orientation) ? height - 1 - down : down;
        int from = 4 * (row * width + column);
        for (int channel = 0; channel < 3; channel++) {
          picture.rgb()[to++] = overWhite(rgba[from + channel] & 0xFF, rgba[from + 3] & 0xFF);
        }
      }
    }
    return picture;
  }

  /** Whether its right is stored on the left (where it lies on its side: its bottom). */
  private static boolean isMirrored(int orientation) {
    return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  }

  /** Whether its bottom is stored at the top (where it lies on its side: its right). */
  private static boolean isUpsideDown(int orientation) {
    return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  }

  private static byte overWhite(int value, int opacity) {
    return (byte) ((value * opacity + 255 * (255 - opacity) + 127) / 255);
  }
}
