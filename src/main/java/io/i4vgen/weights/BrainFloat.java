// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The 16 bit format that is the upper half of a 32 bit float. The engine's binding ends the process when it is asked
 * for a tensor of this format, so such tensors are widened here, exactly, before it sees them.
 */
final class BrainFloat {

  private BrainFloat() {}

  /** The same numbers as little-endian 32 bit floats; the target has room for twice the bytes. */
  static ByteBuffer widened(ByteBuffer bytes, ByteBuffer target) {
    ByteBuffer wide = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      wide.putInt(bytes.getShort() << 16);
    }
    return wide.flip();
  }
}
