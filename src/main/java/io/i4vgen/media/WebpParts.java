// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The chunks of a WebP file (RFC 9649): its size is in the first of VP8X, VP8 and VP8L, EXIF in EXIF. */
final class WebpParts {

  private static final int HEADER = 12;
  private static final int CHUNK = 8;
  private static final int ANIMATED = 2;
  private static final int SIDE = 0x3FFF;

  private final ByteBuffer file;
  private int width;
  private int height;
  private int orientation = Exif.UPRIGHT;

  private WebpParts(ByteBuffer file) {
    this.file = file;
  }

  static StillFile walk(ByteBuffer bytes) throws IOException {
    WebpParts parts = new WebpParts(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN));
    long end = CHUNK + (parts.file.getInt(4) & 0xFFFFFFFFL);
    if (end > parts.file.limit()) {
      throw StillFile.cutOff();
    }
    for (long position = HEADER; position + CHUNK <= end;) {
      int at = (int) position;
      long length = parts.file.getInt(at + 4) & 0xFFFFFFFFL;
      if (position + CHUNK + length > end) {
        throw StillFile.cutOff();
      }
      parts.chunk(new String(bytes.array(), at, 4, StandardCharsets.ISO_8859_1), at + CHUNK, (int) length);
      position += CHUNK + length + length % 2;
    }
    return StillFile.sized(StillFile.Form.WEBP, parts.width, parts.height, parts.orientation);
  }

  private void chunk(String type, int at, int length) throws IOException {
    switch (type) {
      case "VP8X" -> extended(at, length);
      case "VP8 " -> size(length >= 10, at + 6, 16, 0);
      case "VP8L" -> size(length >= 5, at + 1, 14, 1);
      case "EXIF" -> orientation = exif(at, length);
      default -> { }
    }
  }

  /** Some programs write JPEG's mark before the EXIF data here too. */
  private int exif(int at, int length) {
    int mark = StillFile.starts(file.array(), at, "Exif\0\0") && length >= 6 ? 6 : 0;
    return Exif.orientation(file.slice(at + mark, length - mark));
  }

  private void extended(int at, int length) throws IOException {
    if (length >= 10) {
      if ((file.get(at) & ANIMATED) != 0) {
        throw new IOException("it is an animated WebP file: save one picture of it");
      }
      width = 1 + (file.getInt(at + 4) & 0xFFFFFF);
      height = 1 + (file.getInt(at + 6) >>> 8);
    }
  }

  /** Two numbers of 14 bits in the 32 bits at a place, unless the size is known already. */
  private void size(boolean whole, int at, int shift, int more) {
    if (whole && width == 0) {
      int bits = file.getInt(at);
      width = more + (bits & SIDE);
      height = more + (bits >>> shift & SIDE);
    }
  }
}
