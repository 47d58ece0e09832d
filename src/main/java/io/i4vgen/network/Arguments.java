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
