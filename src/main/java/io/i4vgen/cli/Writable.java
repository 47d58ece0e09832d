// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.generation.BadJob;
import io.i4vgen.tensor.Folder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a folder can be written to, asked before the work of a minute is lost to it. */
final class Writable {

  private Writable() {}

  /**
   * Makes nothing.
   *
   * @throws BadJob if {@code folder} can't be made or written to; the message names {@code option}
   */
  static void check(Path folder, String option) {
    new Folder(folder).problem().ifPresent(problem -> {
      throw new BadJob("%s: the folder '%s' can't be %s: %s".formatted(
          option, folder, Files.isDirectory(folder) ? "written to" : "made", problem));
    });
  }

  /** The same, and makes {@code folder} if it has to. */
  static void require(Path folder, String option) {
    check(folder, option);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new BadJob("%s: the folder '%s' can't be made (%s: %s)".formatted(
          option, folder, e.getClass().getSimpleName(), e.getMessage()), e);
    }
  }

  /**
   * The same for a file, which may be there already.
   *
   * @throws BadJob also if there is a folder of its name, or it has none
   */
  static void requireFile(Path file, String option) {
    if (file.toString().isEmpty()) {
      throw new BadJob("%s '': name a file".formatted(option));
    } else if (Files.isDirectory(file) || file.getFileName() == null) {
      throw new BadJob("%s '%s': that is a folder; name a file in it".formatted(option, file));
    }
    require(Folder.of(file).path(), option);
  }
}
