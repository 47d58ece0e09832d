// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Setting;
import io.i4vgen.stage.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Which files a job from outside may name: those in some folders, and no others, whatever way leads to them.
 *
 * @param folders where its relative paths are looked for, in this order
 * @param described how messages call them: see {@link #described(Path, Key)}
 */
record ForeignFiles(List<Path> folders, String described) {

  /** {@code the folder '/srv/images' (i4vgen.images)}. */
  static String described(Path folder, Key key) {
    return "the folder '%s' (%s)".formatted(folder, key.key());
  }

  /** The job with a whole path in the place of each one in its parameters. */
  Job resolved(Job job, List<Stage> stages) {
    Job resolved = job;
    for (Stage stage : stages) {
      for (Setting<?> setting : stage.settings()) {
        resolved = setting.moved(resolved, this::resolve);
      }
    }
    return resolved;
  }

  /** @throws BadJob if the path leads out of the folders */
  Path resolve(Path said) {
    List<Path> inside = folders.stream().filter(folder -> folder.resolve(said).normalize().startsWith(folder))
        .map(folder -> folder.resolve(said).normalize()).toList();
    for (Path file : inside) {
      if (Files.exists(file) && folders.stream().anyMatch(folder -> isReallyIn(folder, file))) {
        return file;
      }
    }
    throw new BadJob(inside.isEmpty()
        ? "the file '%s' of the job: a job from outside may name files in %s only".formatted(said, described)
        : "the file '%s' of the job: there is none in %s".formatted(said, described));
  }

  /** Also when links have been followed. */
  private static boolean isReallyIn(Path folder, Path file) {
    try {
      return Files.exists(folder) && file.toRealPath().startsWith(folder.toRealPath());
    } catch (IOException e) {
      throw new UncheckedIOException("can't look for " + file + ": " + e.getMessage(), e);
    }
  }
}
