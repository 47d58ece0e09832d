// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Objects;

/**
 * Where a tensor lies in its file.
 *
 * @param name the checkpoint's own key
 * @param type its number format
 * @param shape its dimensions; empty for a scalar
 * @param offset position of the first byte in the file
 * @param length number of bytes
 */
public record TensorInfo(String name, DataType type, Shape shape, long offset, long length) {

  public TensorInfo {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(shape, "shape");
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException(
          "tensor %s: offset %d and length %d must not be negative".formatted(name, offset, length));
    }
  }
}
