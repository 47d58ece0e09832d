// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** In what numbers networks calculate, whatever their files hold. */
public enum Precision {
  FP32(DataType.FLOAT32),
  FP16(DataType.FLOAT16),
  BF16(DataType.BFLOAT16);

  private final DataType floats;

  Precision(DataType floats) {
    this.floats = floats;
  }

  /** The type of the weights in memory, and of what is between two layers. */
  public DataType floats() {
    return floats;
  }

  /** As it is written in {@code plugin.yaml} and in {@code i4vgen.precision}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static List<String> words() {
    return Arrays.stream(values()).map(Precision::word).toList();
  }

  /** Nothing if that is none of {@link #words}. */
  public static Optional<Precision> of(String word) {
    return Arrays.stream(values()).filter(precision -> precision.word().equals(word)).findFirst();
  }
}
