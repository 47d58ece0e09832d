// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The operands of pickle opcodes. A length that the pickle claims is compared with what is left before it is used. */
final class PickleInput {

  private static final int LONGEST_LINE = 1024;
  private static final int LONGEST_INTEGER = 255;

  /** What Java needs for a text or a large number beside its letters or digits. */
  private static final int OBJECT = 48;

  private final ByteBuffer bytes;
  private final Allowance memory;

  PickleInput(ByteBuffer bytes, Allowance memory) {
    this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    this.memory = memory;
  }

  int position() {
    return bytes.position();
  }

  int u1() {
    return Byte.toUnsignedInt(need(1).get());
  }

  int u2() {
    return Short.toUnsignedInt(need(2).getShort());
  }

  int i4() {
    return need(4).getInt();
  }

  long u4() {
    return Integer.toUnsignedLong(i4());
  }

  long i8() {
    return need(8).getLong();
  }

  /** The only number of the form that has its highest byte first. */
  double f8() {
    return Double.longBitsToDouble(Long.reverseBytes(i8()));
  }

  byte[] bytes(long length) {
    need(length);
    memory.take(OBJECT + length);
    byte[] found = new byte[(int) length];
    bytes.get(found);
    return found;
  }

  String utf8(long length) {
    need(length);
    memory.take(OBJECT + length * (Character.BYTES + 1));
    ByteBuffer text = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw new BadWeights("a text of %d bytes that are not UTF-8".formatted(length), e);
    }
  }

  /** A text up to the end of its line. */
  String line() {
    int length = 0;
    while (need(length + 1L).get(bytes.position() + length) != '\n') {
      if (++length > LONGEST_LINE) {
        throw new BadWeights("a name of more than %d bytes".formatted(LONGEST_LINE));
      }
    }
    String line = utf8(length);
    bytes.position(bytes.position() + 1);
    return line;
  }

  /** A whole number in two's complement, lowest byte first; a {@link Long} if it fits. */
  Number integer(long length) {
    if (length > LONGEST_INTEGER) {
      throw new BadWeights("a whole number of %d bytes, expected at most %d".formatted(length, LONGEST_INTEGER));
    }
    byte[] digits = bytes(length);
    if (digits.length == 0) {
      return 0L;
    }
    for (int i = 0, j = digits.length - 1; i < j; i++, j--) {
      byte low = digits[i];
      digits[i] = digits[j];
      digits[j] = low;
    }
    BigInteger value = new BigInteger(digits);
    return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
  }

  private ByteBuffer need(long length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BadWeights("an operand of %s bytes where %d are left"
          .formatted(Long.toUnsignedString(length), bytes.remaining()));
    }
    return bytes;
  }
}
