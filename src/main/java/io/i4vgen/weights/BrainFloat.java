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

  /** The same numbers as little-endian 32 bit floats, in a direct buffer. */
  static ByteBuffer widened(ByteBuffer bytes) {
    ByteBuffer source = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer wide = ByteBuffer.allocateDirect(Math.multiplyExact(source.remaining(), 2))
        .order(ByteOrder.LITTLE_ENDIAN);
    while (source.hasRemaining()) {
      wide.putInt(source.getShort() << 16);
    }
    return wide.flip();
  }
}
