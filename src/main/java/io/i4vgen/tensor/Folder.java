// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.tensor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A place for files, which may not be there yet: whoever writes into it makes it. */
public record Folder(Path path) {

  /** The folder that a file is to be in. */
  public static Folder of(Path file) {
    return new Folder(file.toAbsolutePath().normalize().getParent());
  }

  /** What keeps files from being written there, as far as it can be told without making anything; if anything does. */
  public Optional<String> problem() {
    Path nearest = path.toAbsolutePath();
    while (!Files.exists(nearest) && nearest.getParent() != null) {
      nearest = nearest.getParent();
    }
    if (!Files.isDirectory(nearest)) {
      return Optional.of("'%s' is a file, not a folder".formatted(nearest));
    }
    return Files.isWritable(nearest) ? Optional.empty()
        : Optional.of("no permission to write into '%s'".formatted(nearest));
  }
}
