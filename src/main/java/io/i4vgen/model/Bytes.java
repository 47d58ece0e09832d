// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.Locale;

/** Sizes as people read them: {@code 4.27 GB}, of 1000 MB each, as hubs and disks count. */
public final class Bytes {

  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

  private Bytes() {}

  /** {@code bytes} in the largest unit of which there is one, with three digits. */
  public static String text(long bytes) {
    double size = bytes;
    int unit = 0;
    while (size >= 999.5 && unit < UNITS.length - 1) {
      size /= 1000;
      unit++;
    }
    int digits = unit == 0 || size >= 99.5 ? 0 : size >= 9.95 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + digits + "f %s", size, UNITS[unit]);
  }
}
