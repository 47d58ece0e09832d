// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackFiles;
import io.i4vgen.stage.Loras;
import io.i4vgen.stage.Setting;
import io.i4vgen.stage.Stage;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the last finished step of every running job has made, on disk: whoever runs the same job again after the
 * process was killed goes on at the next step. "The same" is meant strictly: if its route, a setting, the pack, a file
 * that it names or the job itself has changed, it begins anew. Only jobs of routes that are nothing but steps of ours,
 * one after the other, are kept: others may use a message twice.
 *
 * @param configuration the settings
 * @param routes the route files
 * @param context of the stages
 * @param camel where the routes run
 */
record Checkpoints(Configuration configuration, RouteFolder routes, StageContext context, CamelContext camel) {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
  /** Jobs that nobody runs again leave their files for so long. */
  private static final Duration KEPT = Duration.ofDays(7);

  /**
   * The checkpoint of a job that begins at its first step; none if nothing is kept of its route, or nothing can be,
   * which is said.
   *
   * @param delivery what brought it, the same when it is run again
   */
  Optional<Checkpoint> begin(String delivery, String route, Job job) {
    StateFolder state = StateFolder.of(configuration);
    Path folder = state.checkpoints();
    removeOld(folder);
    Optional<Path> chain = routes.chain(route);
    Optional<String> warning = chain.flatMap(file -> state.warning());
    warning.ifPresent(text -> context.progress().warned(job, text));
    return chain.filter(file -> warning.isEmpty()).map(file -> new Checkpoint(
        folder.resolve(job.id() + "-" + Source.digest(about(delivery, route, file, job)) + ".safetensors"), job));
  }

  /** The checkpoint of a job that goes on where it was, if it was begun before. */
  Optional<Checkpoint> resumed(String delivery, String route, Job job) {
    Optional<Checkpoint> checkpoint = begin(delivery, route, job);
    checkpoint.ifPresent(one -> one.resume(stage -> context.progress().resumed(job, stage)));
    return checkpoint;
  }

  /** Everything that the result depends on. */
  private String about(String delivery, String route, Path file, Job job) {
    // another version may make other things of a generation
    StringBuilder text = new StringBuilder(Arrays.toString(Part.values())).append(Arrays.toString(Fact.values()));
    text.append(configuration.properties()).append(delivery).append(route).append(job);
    Stream<Path> kamelets = listed(configuration.kamelets()).stream().filter(one -> one.toString().endsWith(".yaml"));
    Stream.concat(Stream.of(file), kamelets).forEach(one -> text.append('\n').append(text(one)));
    PackDescription pack = context.models().describe(job.model());
    text.append(PackFiles.stamp(pack.folder().resolve("plugin.yaml")));
    pack.files().values().forEach(one -> text.append(one).append(PackFiles.stamp(pack.file(one.path()))));
    named(route, job).forEach(one -> text.append(PackFiles.stamp(one)));
    return text.toString();
  }

  /** The files that a job names, and those in folders that it names. */
  private Set<Path> named(String route, Job job) {
    Set<Path> named = new TreeSet<>();
    UnaryOperator<Path> note = path -> {
      named.add(path);
      named.addAll(Files.isDirectory(path) ? listed(path) : List.of());
      return path;
    };
    Loras.moved(job, note);
    for (Stage stage : RouteStages.of(route, camel)) {
      for (Setting<?> setting : stage.settings()) {
        setting.moved(job, note);
      }
    }
    return named;
  }

  private static List<Path> listed(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
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

  private static void removeOld(Path folder) {
    FileTime limit = FileTime.from(Instant.now().minus(KEPT));
    try {
      for (Path file : Files.isDirectory(folder) ? listed(folder) : List.<Path>of()) {
        if (Files.exists(file) && Files.getLastModifiedTime(file).compareTo(limit) < 0) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("old files in {} can't be removed: {}", folder, e.getMessage());
    }
  }
}
