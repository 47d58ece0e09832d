// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.media.Clip;
import io.i4vgen.media.Format;
import io.i4vgen.media.Tags;
import io.i4vgen.model.PackDescription;
import io.i4vgen.tensor.Folder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the pictures as a video with the recipe in it. The file is there when it is whole, and not before; a second
 * run of the same job writes the same bytes over it, while another job of the same id gets a file of its own.
 */
public final class EncodeVideo implements Stage {

  private static final String ID = "{id}";
  private final Setting<Path> file;
  private final Setting<Double> fps;
  private final Setting<Format> format;

  /**
   * Each option may be {@code null}, empty or {@code auto}.
   *
   * @param file below the output folder, which a job that came by message must not leave; {@code {id}} stands for the
   *     job's id
   * @param fps frames a second; else the pack's
   * @param format {@code mp4}, {@code gif} or {@code png}; else by the file's ending, else {@code mp4}
   */
  public EncodeVideo(String file, String fps, String format) {
    this.file = Setting.text(name(), "file", null, file, "a file's name below the output folder", EncodeVideo::path);
    this.fps = Setting.number(name(), "fps", "fps", fps, 0.1, 240);
    this.format = Setting.text(name(), "format", "format", format, "mp4, gif or png",
        text -> Format.named(text).orElse(null));
  }

  @Override
  public String name() {
    return "encode-mp4";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(file, fps, format);
  }

  /** Also that {@code format} fits the name of the file, whoever says it, and that the file can be written. */
  @Override
  public void check(Job job, StageContext context, List<Stage> route) {
    Stage.super.check(job, context, route);
    PackDescription pack = context.models().describe(job.model());
    Path wanted = wanted(job, pack, context);
    Format kind = kind(job, pack, wanted);
    Path named = Path.of(complete(wanted, kind, job));
    problem(wanted, kind.first(named)).ifPresent(problem -> {
      throw new BadJob("%s: can't be written: %s".formatted(
          file.saying(job, pack).orElse("the video '%s'".formatted(named)), problem));
    });
  }

  private Optional<String> problem(Path wanted, Path video) {
    return !isForAnyJob(wanted) && Files.isDirectory(video) ? Optional.of("that is a folder")
        : Folder.of(video).problem();
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    NDArray frames = in.require(Part.FRAMES, name());
    Path wanted = wanted(in.job(), pack, context);
    Format kind = kind(in.job(), pack, wanted);
    double rate = fps.in(in.job(), pack).orElse((double) pack.frame().fps());
    Generation made = in.with(new Step(name(), Map.of("fps", Double.toString(rate), "format", kind.extension())));
    Tags tags = VideoTags.of(made, pack);
    Clip clip = new Clip(rate, Images.pictures(frames));
    try {
      return made.with(Fact.FILE, written(clip, wanted, kind, tags, in.job(), context));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** A name that stands for the job's id takes no other video's place; one that somebody chose is meant. */
  private static Path written(Clip clip, Path wanted, Format kind, Tags tags, Job job, StageContext context)
      throws IOException {
    Path named = Path.of(complete(wanted, kind, job));
    if (!isForAnyJob(wanted)) {
      return kind.write(clip, named, tags).get(0);
    }
    Path file = VideoPlace.write(clip, named, kind, tags);
    if (!file.equals(kind.first(named))) {
      context.progress().warned(job, "%s was made in another way and stays: this one is %s".formatted(
          kind.first(named).getFileName(), file.getFileName()));
    }
    return file;
  }

  private Path wanted(Job job, PackDescription pack, StageContext context) {
    return file.in(job, pack).map(context.output()::resolveSibling).orElse(context.output());
  }

  /** A file must not be of another format than it is named. */
  private Format kind(Job job, PackDescription pack, Path wanted) {
    Format kind = format.in(job, pack).or(() -> Format.ofEnding(wanted)).orElse(Format.MP4);
    Format.ofEnding(wanted).filter(named -> named != kind).ifPresent(named -> {
      throw new BadJob("the file '%s' ends with '.%s', but the format is '%s': leave one of them out, or make them one"
          .formatted(wanted.getFileName(), named.extension(), kind.extension()));
    });
    return kind;
  }

  private static boolean isForAnyJob(Path wanted) {
    return wanted.toString().contains(ID);
  }

  private static String complete(Path wanted, Format kind, Job job) {
    String name = wanted.toString().replace(ID, job.id());
    return Format.ofEnding(wanted).isEmpty() ? name + "." + kind.extension() : name;
  }

  private static Path path(String text) {
    try {
      Path path = Path.of(text).normalize();
      // on Windows, C:x and \\x are not absolute, but have a root
      return path.getRoot() != null || path.startsWith("..") || path.toString().isEmpty() ? null : path;
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
