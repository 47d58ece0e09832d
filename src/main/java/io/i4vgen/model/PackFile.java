// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * One file of a pack: in the pack's own folder, or in a hub's that all packs share.
 *
 * @param path its name in the pack, with {@code /} between its parts; where it is, if it is the pack's own
 * @param bytes its size; {@link #UNKNOWN} if nobody has said
 * @param sha256 its checksum, 64 hexadecimal digits; empty if nobody has said
 * @param holds what kind of weights it holds, so that a file of that kind can be recognised as this one
 * @param hub where it comes from, if not from the pack's own folder
 */
public record PackFile(String path, long bytes, String sha256, Optional<WeightsKind> holds, Optional<HubFile> hub) {

  /** The size of a file whose size nobody has said. */
  public static final long UNKNOWN = -1;

  /** @throws IllegalArgumentException if the path leaves the folder, or a value is out of range */
  public PackFile {
    requireInside(path);
    if (bytes < 0 && (bytes != UNKNOWN || hub.isEmpty())) {
      throw new IllegalArgumentException("must have 0 or more bytes, has " + bytes);
    }
    if (!sha256.matches("|[0-9a-f]{64}")) {
      throw new IllegalArgumentException("must have a sha256 of 64 lower-case hexadecimal digits, has \"" + sha256
          + "\"");
    }
    Objects.requireNonNull(holds, "holds");
  }

  /** A file of the pack's own folder. */
  PackFile(String path, long bytes, String sha256) {
    this(path, bytes, sha256, Optional.empty(), Optional.empty());
  }

  static void requireInside(String path) {
    if (path.isBlank() || path.startsWith("/") || path.matches("(.*/)?\\.\\.(/.*)?|[A-Za-z]:.*|.*\\\\.*")) {
      throw new IllegalArgumentException("must be a path inside the pack's folder, is \"" + path + "\"");
    }
  }

  /** Whether a size is known that a file must have. */
  public boolean hasSize() {
    return bytes != UNKNOWN;
  }

  /**
   * Where it lies.
   *
   * @param folder the pack's
   */
  public Path location(Path folder) {
    return hub.map(file -> file.location(folder.toAbsolutePath().normalize().getParent()))
        .orElseGet(() -> folder.resolve(path));
  }
}
