// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The CRC-32C of a generation as it is written: of all that is said in words, then of its tensors, by name. */
final class Checksum {

  private final CRC32C sum = new CRC32C();

  /** @param header what is said in words */
  Checksum(String header) {
    add(header);
  }

  private void add(String text) {
    sum.update(text.getBytes(StandardCharsets.UTF_8));
  }

  /** @param bytes are read, but stay as they are */
  void add(String name, DataType type, Shape shape, ByteBuffer bytes) {
    add("\n" + name + " " + type + " " + Arrays.toString(shape.getShape()) + "\n");
    sum.update(bytes.duplicate());
  }

  /** Eight hexadecimal digits. */
  @Override
  public String toString() {
    return "%08x".formatted(sum.getValue());
  }
}
