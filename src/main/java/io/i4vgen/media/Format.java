// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The kinds of files that a clip is written as. */
public enum Format {

  /** One H.264 video. */
  MP4 {
    @Override
    public List<Path> write(Clip clip, Path target, Tags tags, Existing existing) throws IOException {
      Mp4.write(clip, target, tags, existing);
      return List.of(target);
    }
  },

  /** One looping picture of few colours. */
  GIF {
    @Override
    public List<Path> write(Clip clip, Path target, Tags tags, Existing existing) throws IOException {
      Gif.write(clip, target, tags, existing);
      return List.of(target);
    }
  },

  /** A picture a frame: {@code name-0001.png} and so on for the target {@code name.png}. */
  PNG {
    @Override
    public List<Path> write(Clip clip, Path target, Tags tags, Existing existing) throws IOException {
      return Png.writeFrames(clip, target, tags, existing);
    }

    @Override
    public Path first(Path target) {
      return Png.first(target);
    }
  };

  /** The format called {@code name}, in upper or lower case, if there is one. */
  public static Optional<Format> named(String name) {
    return Arrays.stream(values()).filter(format -> format.extension().equalsIgnoreCase(name)).findFirst();
  }

  /** The format that a file's name ends with, if it does with one. */
  public static Optional<Format> ofEnding(Path file) {
    String name = file.getFileName().toString();
    return named(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * The recipe in a file that one of the formats wrote, or an empty string if it holds none.
   *
   * @throws IOException naming {@code file}, if it cannot be read
   */
  public static String readRecipe(Path file) throws IOException {
    try {
      String start = start(file);
      if (start.startsWith("\u0089PNG")) {
        return Png.readRecipe(file);
      }
      return start.startsWith("GIF8") ? Gif.readRecipe(file) : VideoReader.info(file).tags().recipe();
    } catch (EOFException e) {
      throw new IOException("cannot read " + file + ": it is cut short or damaged", e);
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException("cannot read " + file + ": there is no such file");
    }
  }

  /** The name, which is also that of the files without the dot: {@code mp4}, {@code gif} or {@code png}. */
  public String extension() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Writes {@code clip}; the files appear whole or not at all, and the folders on the way to them are made.
   *
   * @param existing what becomes of the file, of several the first, if it is there already
   * @return the files written
   * @throws NameTaken if that is to be kept
   * @throws IOException naming the file that could not be written
   */
  public abstract List<Path> write(Clip clip, Path target, Tags tags, Existing existing) throws IOException;

  /** The same, in the place of what is there already. */
  public final List<Path> write(Clip clip, Path target, Tags tags) throws IOException {
    return write(clip, target, tags, Existing.REPLACED);
  }

  /** The file that is written for {@code target}; of several the first. */
  public Path first(Path target) {
    return target;
  }

  private static String start(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(4), StandardCharsets.ISO_8859_1);
    }
  }
}
