// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.nio.ByteBuffer;
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

  @Override
  void close();
}
