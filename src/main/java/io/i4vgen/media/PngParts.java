// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The chunks of a PNG file (ISO/IEC 15948): its size is in IHDR, EXIF in eXIf; the last one is IEND. */
final class PngParts {

  private static final int SIGNATURE = 8;
  /** Length, type and checksum. */
  private static final int AROUND = 12;

  private PngParts() {}

  static StillFile walk(ByteBuffer file) throws IOException {
    int width = 0;
    int height = 0;
    int orientation = Exif.UPRIGHT;
    String type = "";
    for (int position = SIGNATURE; !type.equals("IEND");) {
      if (position + AROUND > file.limit()) {
        throw StillFile.cutOff();
      }
      int length = file.getInt(position);
      type = new String(file.array(), position + 4, 4, StandardCharsets.ISO_8859_1);
      if (length < 0) {
        throw new IOException("it is damaged at byte " + position);
      }
      if (length > file.limit() - position - AROUND) {
        throw StillFile.cutOff();
      }
      if (type.equals("IHDR") && length >= 8) {
        width = file.getInt(position + 8);
        height = file.getInt(position + 12);
      } else if (type.equals("eXIf")) {
        orientation = Exif.orientation(file.slice(position + 8, length));
      }
      position += length + AROUND;
    }
    return StillFile.sized(StillFile.Form.PNG, width, height, orientation);
  }
}
