// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The segments of a JPEG file (ISO/IEC 10918-1, Annex B): its size is in the frame header, EXIF in an APP1 segment. */
final class JpegParts {

  private static final int START = 0xD8;
  private static final int END = 0xD9;
  private static final int SCAN = 0xDA;
  private static final int APP1 = 0xE1;
  private static final String EXIF = "Exif\0\0";

  private final ByteBuffer file;
  private int width;
  private int height;
  private int orientation = Exif.UPRIGHT;

  private JpegParts(ByteBuffer file) {
    this.file = file;
  }

  static StillFile walk(ByteBuffer file) throws IOException {
    JpegParts parts = new JpegParts(file);
    int position = 2;
    int marker = START;
    while (marker != SCAN) {
      position = parts.markerFrom(position);
      marker = file.get(position - 1) & 0xFF;
      position = parts.segment(marker, position);
    }
    parts.requireEnd(position);
    return StillFile.sized(StillFile.Form.JPEG, parts.width, parts.height, parts.orientation);
  }

  /** The position behind the next marker. */
  private int markerFrom(int start) throws IOException {
    int position = start;
    if (position >= file.limit()) {
      throw StillFile.cutOff();
    }
    if ((file.get(position) & 0xFF) != 0xFF) {
      throw new IOException("it is damaged at byte " + position);
    }
    while (position < file.limit() && (file.get(position) & 0xFF) == 0xFF) {
      position++;
    }
    if (position >= file.limit()) {
      throw StillFile.cutOff();
    }
    return position + 1;
  }

  /** Reads the segment whose length stands at {@code position}, and returns where it ends. */
  private int segment(int marker, int position) throws IOException {
    if (position + 2 > file.limit()) {
      throw StillFile.cutOff();
    }
    int length = file.getShort(position) & 0xFFFF;
    int end = position + length;
    if (length < 2 || marker == END) {
      throw new IOException("it is damaged at byte " + position);
    }
    if (end > file.limit()) {
      throw StillFile.cutOff();
    }
    if (isFrame(marker) && length >= 7) {
      height = file.getShort(position + 3) & 0xFFFF;
      width = file.getShort(position + 5) & 0xFFFF;
    } else if (marker == APP1 && StillFile.starts(file.array(), position + 2, EXIF)) {
      orientation = Exif.orientation(file.slice(position + 2 + EXIF.length(), Math.max(0, length - 2 - EXIF.length())));
    }
    return end;
  }

  /** SOF0 to SOF15, without the tables and the extension that lie between them. */
  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  /** Some cameras write more behind the end, so that it need not be the last thing. */
  private void requireEnd(int start) throws IOException {
    for (int i = start; i + 1 < file.limit(); i++) {
      if ((file.get(i) & 0xFF) == 0xFF && (file.get(i + 1) & 0xFF) == END) {
        return;
      }
    }
    throw StillFile.cutOff();
  }
}
