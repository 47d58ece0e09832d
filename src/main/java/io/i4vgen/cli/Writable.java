// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a folder can be written to, asked before the work of a minute is lost to it. */
final class Writable {

  private Writable() {}

  /**
   * Makes {@code folder} if it has to.
   *
   * @throws BadJob if it can't be made or written to; the message names {@code option}
   */
  static void require(Path folder, String option) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new BadJob("%s: the folder '%s' can't be made (%s: %s)".formatted(
          option, folder, e.getClass().getSimpleName(), e.getMessage()), e);
    }
    if (!Files.isWritable(folder)) {
      throw new BadJob("%s: the folder '%s' can't be written to".formatted(option, folder));
    }
  }
}
