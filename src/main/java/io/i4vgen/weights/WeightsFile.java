// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;

/** A file of named tensors. Nothing but the table of contents is read until {@link #bytes} is called. */
public interface WeightsFile extends AutoCloseable {

  /**
   * Opens a file, told by its content: safetensors, or what {@code torch.save} writes. Close it when its tensors are
   * loaded.
   *
   * @throws BadWeights if it is damaged, or of a form that is not read
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  static WeightsFile open(Path path) {
    return WeightsForm.open(ByteSource.open(path));
  }

  /** The file, or the name given to tensors that came as bytes. */
  Path path();

  /** The tensors by name, in the order of the file's table. */
  Map<String, TensorInfo> tensors();

  /** Free text entries that the file carries. */
  Map<String, String> metadata();

  /**
   * The little-endian bytes of one tensor, read-only; direct when the file is mapped.
   *
   * @throws BadWeights if there is no such tensor, or if it is longer than a buffer can be (2 GiB)
   */
  ByteBuffer bytes(String name);

  /**
   * The same bytes, copied: a mapped file's pages would count as this process's memory until Java unmaps them.
   *
   * @param target has room for them, from its position on
   * @return the target, its limit at their end
   */
  default ByteBuffer copy(String name, ByteBuffer target) {
    ByteBuffer bytes = bytes(name);
    int start = target.position();
    return target.put(bytes).limit(target.position()).position(start).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  void close();
}
