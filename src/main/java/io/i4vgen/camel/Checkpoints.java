// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackFile;
import io.i4vgen.stage.StageContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the last finished step of every running job has made, on disk: whoever runs the same job again after the
 * process was killed goes on at the next step. "The same" is meant strictly: if a route, a setting, the pack or the job
 * has changed, it begins anew.
 */
final class Checkpoints {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
  /** Jobs that nobody runs again leave their files for so long. */
  private static final Duration KEPT = Duration.ofDays(7);

  private final Path folder;
  private final String program;
  private final StageContext context;

  private Checkpoints(Path folder, String program, StageContext context) {
    this.folder = folder;
    this.program = program;
    this.context = context;
  }

  /** Those of an installation: its state folder, its routes, its settings. */
  static Checkpoints of(Configuration configuration, StageContext context) {
    StringBuilder program = new StringBuilder(configuration.properties().toString());
    // another version may make other things of a generation
    program.append(Arrays.toString(Part.values())).append(Arrays.toString(Fact.values()));
    for (Path folder : List.of(configuration.folder(Key.ROUTES), configuration.kamelets())) {
      yaml(folder).forEach(file -> program.append('\n').append(text(file)));
    }
    Checkpoints checkpoints = new Checkpoints(configuration.folder(Key.STATE).resolve("checkpoints"),
        Source.digest(program.toString()), context);
    checkpoints.removeOld();
    return checkpoints;
  }

  /**
   * The checkpoint of a job that begins at its first step.
   *
   * @param delivery what brought it, the same when it is run again
   */
  Checkpoint begin(String delivery, Job job) {
    PackDescription pack = context.models().describe(job.model());
    String about = String.join("\n", program, delivery, job.toString(), described(pack));
    return new Checkpoint(folder.resolve(job.id() + "-" + Source.digest(about) + ".safetensors"), job);
  }

  /** The checkpoint of a job that goes on where it was, if it was begun before. */
  Checkpoint resumed(String delivery, Job job) {
    Checkpoint checkpoint = begin(delivery, job);
    checkpoint.resume().ifPresent(stage -> context.progress().resumed(job, stage));
    return checkpoint;
  }

  private static String described(PackDescription pack) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, PackFile> file : pack.files().entrySet()) {
      text.append("%s %d %s%n".formatted(file.getKey(), file.getValue().bytes(), file.getValue().sha256()));
    }
    Path yaml = pack.folder().resolve("plugin.yaml");
    return Files.exists(yaml) ? text.append(text(yaml)).toString() : text.toString();
  }

  private static List<Path> yaml(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list " + folder + ": " + e.getMessage(), e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  private void removeOld() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    FileTime limit = FileTime.from(Instant.now().minus(KEPT));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (Files.getLastModifiedTime(file).compareTo(limit) < 0) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("old files in {} can't be removed: {}", folder, e.getMessage());
    }
  }
}
