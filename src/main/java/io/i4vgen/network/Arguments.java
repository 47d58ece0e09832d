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
