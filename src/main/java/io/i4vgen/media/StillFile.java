// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What a JPEG, PNG or WebP file says of itself before its pixels are decoded. Its parts are walked to the end, so that
 * a file that was cut off is known as such; decoders would fill in what is missing with grey.
 *
 * @param form which of the three it is, told by its content
 * @param width in pixels, as stored
 * @param height in pixels, as stored
 * @param orientation 1 to 8: how it is to be turned for looking at it, as EXIF counts
 */
record StillFile(Form form, int width, int height, int orientation) {

  /** The kinds of files. */
  enum Form { JPEG, PNG, WEBP }

  /** @throws IOException saying what is wrong, if the bytes are none of the three or not all of it */
  static StillFile of(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      throw new IOException("it is empty");
    }
    ByteBuffer file = ByteBuffer.wrap(bytes);
    if (starts(bytes, 0, "\u00FF\u00D8\u00FF")) {
      return JpegParts.walk(file);
    } else if (starts(bytes, 0, "\u0089PNG\r\n\u001A\n")) {
      return PngParts.walk(file);
    } else if (starts(bytes, 0, "RIFF") && starts(bytes, 8, "WEBP")) {
      return WebpParts.walk(file);
    }
    throw new IOException("it is no JPEG, PNG or WebP picture: it begins with the bytes "
        + HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(8, bytes.length)));
  }

  /** How a picture of that size is described; refuses one without pixels. */
  static StillFile sized(Form form, int width, int height, int orientation) throws IOException {
    if (width < 1 || height < 1) {
      throw new IOException("it says that it has %d x %d pixels".formatted(width, height));
    }
    return new StillFile(form, width, height, orientation);
  }

  static IOException cutOff() {
    return new IOException("it is cut off: its end is missing");
  }

  /** Whether these bytes are at {@code offset}, one a character. */
  static boolean starts(byte[] bytes, int offset, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < wanted.length; i++) {
      if (offset + i >= bytes.length || bytes[offset + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }
}
