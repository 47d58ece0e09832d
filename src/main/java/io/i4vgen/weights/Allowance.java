// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

/**
 * How much memory the table of contents of a file may take. Each value is entered here before it is made, roughly as
 * Java will hold it, since a few bytes of a file can stand for many more: the name of something long, a dictionary.
 */
final class Allowance {

  /** Small files may take more than they have bytes: enough for 30,000 tensors of one number. */
  private static final long ALWAYS = 1 << 26;

  private final long most;
  private long left;

  private Allowance(long most) {
    this.most = most;
    this.left = most;
  }

  /** Of a file: as much as its size, and a little more. */
  static Allowance of(long fileSize) {
    return new Allowance(Math.addExact(fileSize, ALWAYS));
  }

  /** The same, but never more than this. */
  Allowance atMost(long bytes) {
    return new Allowance(Math.min(most, bytes));
  }

  /** @throws BadWeights if that is more than what is left */
  void take(long bytes) {
    take(bytes, "", "");
  }

  /**
   * Enters a value.
   *
   * @param file what the message begins with
   * @param part of the file, which comes next; not put together before there is a message
   * @throws BadWeights if that is more than what is left
   */
  void take(long bytes, String file, String part) {
    if (bytes > left) {
      throw new BadWeights("%s%swhat it holds beside numbers would take more than %d bytes of memory".formatted(
          file, part, most));
    }
    left -= bytes;
  }
}
