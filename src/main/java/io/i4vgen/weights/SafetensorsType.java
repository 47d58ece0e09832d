// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Optional;

/** The number formats of the safetensors form that can be read here; all but BF16 can be written, too. */
enum SafetensorsType {
  F64(DataType.FLOAT64),
  F32(DataType.FLOAT32),
  F16(DataType.FLOAT16),
  BF16(DataType.BFLOAT16),
  I64(DataType.INT64),
  I32(DataType.INT32),
  I8(DataType.INT8),
  U8(DataType.UINT8),
  BOOL(DataType.BOOLEAN);

  final DataType type;

  SafetensorsType(DataType type) {
    this.type = type;
  }

  static Optional<SafetensorsType> named(String name) {
    return Arrays.stream(values()).filter(t -> t.name().equals(name)).findFirst();
  }

  /** The format that tensors of this type are written in. */
  static Optional<SafetensorsType> of(DataType type) {
    return Arrays.stream(values()).filter(t -> t.type == type && t != BF16).findFirst();
  }
}
