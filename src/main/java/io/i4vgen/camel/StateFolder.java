// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.tensor.Folder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where what must outlive the process lies: {@link Key#STATE}.
 *
 * @param path may not be there yet
 */
record StateFolder(Path path) {

  static StateFolder of(Configuration configuration) {
    return new StateFolder(configuration.folder(Key.STATE));
  }

  /** What running jobs have come to. */
  Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** How often processes have died over a job. */
  Path attempts() {
    return path.resolve("attempts");
  }

  /** The broker's journal. */
  Path broker() {
    return path.resolve("broker");
  }

  /** Why what a job has come to can't be kept, for somebody who only wants a video; nothing if it can. */
  Optional<String> warning() {
    return new Folder(checkpoints()).problem().map(problem -> ("%s is '%s': %s; if the process is ended, a job begins"
        + " anew").formatted(Key.STATE.key(), path, problem));
  }

  /**
   * Looks at every folder and file in it: another user may have made some of them.
   *
   * @throws BadJob if what must be kept can't be
   */
  void require() {
    Optional<String> problem = Stream.of(path, broker(), attempts(), checkpoints())
        .flatMap(folder -> new Folder(folder).problem().stream()).findFirst().or(this::foreign);
    if (problem.isPresent()) {
      throw new BadJob(("%s is '%s': %s; the queue and what has become of jobs are kept there: set another %s, or"
          + " change whose it is").formatted(Key.STATE.key(), path, problem.get(), Key.STATE.key()));
    }
  }

  private Optional<String> foreign() {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try (Stream<Path> all = Files.walk(path)) {
      return all.filter(one -> Files.exists(one) && !Files.isWritable(one)).findFirst()
          .map("no permission to write into '%s'"::formatted);
    } catch (IOException | UncheckedIOException e) {
      return Optional.of(Causes.message(e));
    }
  }
}
