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
import java.nio.file.Path;

/** Pictures that a user gives: how a job names them, and how they become frames and latents. */
final class PictureFiles {

  private PictureFiles() {}

  /** A job's file or folder, {@code image} or {@code images}. */
  static Setting<Path> setting(String stage, String name, String route, String range) {
    return Setting.files(stage, name, name, route, range, NamedFiles::path,
        (text, move) -> move.apply(Path.of(text)).toString());
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
