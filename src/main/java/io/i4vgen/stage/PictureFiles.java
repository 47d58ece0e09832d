// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.generation.BadJob;
import io.i4vgen.media.Picture;
import io.i4vgen.media.PictureReader;
import io.i4vgen.model.Pixels;
import io.i4vgen.network.Vae;
import io.i4vgen.tensor.Scope;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pictures that a user gives: how a job names them, and how they become frames and latents. */
final class PictureFiles {

  private PictureFiles() {}

  /** A job's file or folder, {@code image} or {@code images}. */
  static Setting<Path> setting(String stage, String name, String route, String range) {
    return Setting.files(stage, name, name, route, range, PictureFiles::path,
        (text, move) -> move.apply(Path.of(text)).toString());
  }

  /** @return {@code null} for what can't be a path */
  static Path path(String text) {
    try {
      return text.isBlank() ? null : Path.of(text);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /**
   * Files with a number behind each, and commas between them.
   *
   * @param one finds the next: a group for the file, one for its number, then the comma or the end
   * @return {@code null} if the text is not that
   */
  static <T> List<T> several(String text, Pattern one, BiFunction<Path, String, T> make) {
    List<T> all = new ArrayList<>();
    Matcher next = one.matcher(text);
    int end = 0;
    while (end < text.length()) {
      Path file = next.region(end, text.length()).lookingAt() ? path(next.group(1)) : null;
      if (file == null) {
        return null;
      }
      all.add(make.apply(file, next.group(2)));
      end = next.end();
    }
    return all.isEmpty() || text.endsWith(",") ? null : all;
  }

  /** @throws BadJob with the file and the reason, if it can't be read */
  static Pixels read(Path file) {
    try {
      return readable(file);
    } catch (IOException e) {
      throw new BadJob(e.getMessage(), e);
    }
  }

  static Pixels readable(Path file) throws IOException {
    Picture picture = PictureReader.read(file);
    return new Pixels(picture.width(), picture.height(), picture.rgb());
  }

  /**
   * What the autoencoder takes a frame for.
   *
   * @param frame {@code [1, 3, height, width]}, bytes
   * @return its distribution of raw latents {@code [1, channels, height / factor, width / factor]}
   */
  static Vae.Distribution encode(Vae vae, NDArray frame) {
    return vae.encode(frame.toType(DataType.FLOAT32, false).div(127.5).sub(1).toType(vae.floats(), false));
  }

  /**
   * The latent of a frame: the mean of what the autoencoder takes it for.
   *
   * @param frame {@code [1, 3, height, width]}, bytes
   * @return {@code [1, channels, height / factor, width / factor]}
   */
  static NDArray latent(Vae vae, NDArray frame) {
    try (Scope scope = new Scope()) {
      return scope.keep(vae.latent(encode(vae, frame).mean()).toType(DataType.FLOAT32, true));
    }
  }
}
