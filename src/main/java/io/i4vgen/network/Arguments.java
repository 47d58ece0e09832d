// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** Checks of what a network is called with, before native code sees it. */
final class Arguments {

  private Arguments() {}

  /** Requires the given dimensions; -1 stands for any. */
  static void shape(String what, NDArray array, long... dimensions) {
    Shape found = array.getShape();
    boolean fits = found.dimension() == dimensions.length;
    for (int i = 0; fits && i < dimensions.length; i++) {
      fits = dimensions[i] < 0 || dimensions[i] == found.get(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "%s: shape is %s, expected %s (-1: any)".formatted(what, found, new Shape(dimensions)));
    }
  }

  /** Requires images {@code [n, channels, height, width]} whose sizes are multiples of {@code factor}. */
  static void image(NDArray image, int channels, int factor) {
    shape("image", image, -1, channels, -1, -1);
    for (int axis = 2; axis < 4; axis++) {
      long size = image.getShape().get(axis);
      if (size % factor != 0 || size == 0) {
        throw new IllegalArgumentException("image: %d pixels high or wide, expected a multiple of %d"
            .formatted(size, factor));
      }
    }
  }

  /** What a network that denoises is called with: one row of {@code text} for each clip, or for each of its frames. */
  static void denoising(NDArray sample, NDArray timestep, NDArray text, int frames, UnetConfig config,
      DataType floats) {
    range("frames", frames, 1, Integer.MAX_VALUE);
    shape("sample", sample, -1, config.inChannels(), -1, -1);
    type("sample", sample, floats);
    texts(text, config, floats);
    long images = sample.getShape().get(0);
    long rows = text.getShape().get(0);
    if (images != rows * frames && (images != rows || images % frames != 0)) {
      throw new IllegalArgumentException("sample: %d images, expected %d texts x %d frames = %d"
          .formatted(images, rows, frames, rows * frames));
    }
    timesteps(timestep, images / frames);
  }

  /** A row of {@code text} for each clip or each frame, and one timestep or the same one for each clip. */
  static void prompting(NDArray timestep, NDArray text, int clips, int frames, UnetConfig config, DataType floats) {
    texts(text, config, floats);
    long rows = text.getShape().get(0);
    if (rows != clips && rows != (long) clips * frames) {
      throw new IllegalArgumentException("text: %d rows, expected %d, one for each clip, or %d, one for each frame"
          .formatted(rows, clips, clips * frames));
    }
    timesteps(timestep, clips);
  }

  private static void texts(NDArray text, UnetConfig config, DataType floats) {
    shape("text", text, -1, -1, config.textWidth());
    type("text", text, floats);
  }

  private static void timesteps(NDArray timestep, long clips) {
    if (timestep.getDataType() != DataType.FLOAT32) { // which is for points between two timesteps
      type("timestep", timestep, DataType.INT64);
    }
    if (timestep.size() != 1 && timestep.size() != clips) {
      throw new IllegalArgumentException(
          "timestep: %d values, expected 1 or one for each of %d clips".formatted(timestep.size(), clips));
    }
  }

  static void type(String what, NDArray array, DataType type) {
    if (array.getDataType() != type) {
      throw new IllegalArgumentException("%s: type is %s, expected %s".formatted(what, array.getDataType(), type));
    }
  }

  static void range(String what, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException("%s: %d, expected %d to %d".formatted(what, value, min, max));
    }
  }
}
