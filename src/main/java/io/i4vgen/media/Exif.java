// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The one thing of EXIF (JEITA CP-3451, a TIFF structure) that changes what is seen: how the camera was held. */
final class Exif {

  /** The picture is stored as it is looked at. */
  static final int UPRIGHT = 1;

  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY = 12;

  private Exif() {}

  /**
   * The orientation in a TIFF structure, 1 to 8.
   *
   * @return {@link #UPRIGHT} also where it says nothing, or nothing that makes sense: a picture can be read without it
   */
  static int orientation(ByteBuffer tiff) {
    if (tiff.limit() < 8) {
      return UPRIGHT;
    }
    ByteBuffer data = tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = data.getInt(4) & 0xFFFFFFFFL;
    if (directory + 2 > data.limit()) {
      return UPRIGHT;
    }
    int entries = data.getShort((int) directory) & 0xFFFF;
    for (long at = directory + 2; entries > 0 && at + ENTRY <= data.limit(); at += ENTRY, entries--) {
      int entry = (int) at;
      if ((data.getShort(entry) & 0xFFFF) == ORIENTATION && data.getShort(entry + 2) == SHORT) {
        int value = data.getShort(entry + 8) & 0xFFFF;
        return value >= 1 && value <= 8 ? value : UPRIGHT;
      }
    }
    return UPRIGHT;
  }
}
