// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

/**
 * One file of a pack.
 *
 * @param path relative to the pack's folder, with {@code /} between its names
 * @param bytes its size
 * @param sha256 its checksum, 64 hexadecimal digits; empty if nobody has said
 */
public record PackFile(String path, long bytes, String sha256) {

  /** @throws IllegalArgumentException if the path leaves the folder, or a value is out of range */
  public PackFile {
    if (path.isBlank() || path.startsWith("/") || path.matches("(.*/)?\\.\\.(/.*)?|[A-Za-z]:.*|.*\\\\.*")) {
      throw new IllegalArgumentException("must be a path inside the pack's folder, is \"" + path + "\"");
    }
    if (bytes < 0) {
      throw new IllegalArgumentException("must have 0 or more bytes, has " + bytes);
    }
    if (!sha256.matches("|[0-9a-f]{64}")) {
      throw new IllegalArgumentException("must have a sha256 of 64 lower-case hexadecimal digits, has \"" + sha256
          + "\"");
    }
  }
}
