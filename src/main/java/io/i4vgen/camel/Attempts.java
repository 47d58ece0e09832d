// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Counts, on disk, how often a job was begun and not ended. A broker counts the attempts that failed, but starts anew
 * when the process has died: without this, a job that kills the process would do so for ever.
 */
final class Attempts {

  private final Path folder;
  private final int most;

  Attempts(Path folder, int most) {
    this.folder = folder;
    this.most = most;
  }

  /** @throws BadJob if the process has died over the job as often as it may */
  void begin(String id) {
    int deaths = count(id);
    if (deaths >= most) {
      throw new BadJob("job %s was begun %d times, and each time the process died before its end: not begun again"
          .formatted(id, deaths));
    }
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(id), Integer.toString(deaths + 1));
    } catch (IOException e) {
      throw new UncheckedIOException("can't write to " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Forgets the job: it ended, one way or the other. */
  void end(String id) {
    try {
      Files.deleteIfExists(folder.resolve(id));
    } catch (IOException e) {
      throw new UncheckedIOException("can't delete from " + folder + ": " + e.getMessage(), e);
    }
  }

  private int count(String id) {
    try {
      Path file = folder.resolve(id);
      String text = Files.exists(file) ? Files.readString(file).strip() : "";
      return text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + folder + ": " + e.getMessage(), e);
    }
  }
}
