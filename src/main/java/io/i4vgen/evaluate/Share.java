// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.BadJob;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which part of the work one of several processes does.
 *
 * @param number from 1
 * @param of how many there are
 */
public record Share(int number, int of) {

  /** All of it. */
  public static final Share WHOLE = new Share(1, 1);

  public Share {
    if (of < 1 || of > 64 || number < 1 || number > of) {
      throw new BadJob("part %d/%d: must be NUMBER/OF, such as 1/2, of at most 64"
          .formatted(number, of));
    }
  }

  /** @throws BadJob if it is not like {@code 1/2} */
  public static Share parse(String text) {
    if (!text.matches("\\d{1,2}/\\d{1,2}")) {
      throw new BadJob("part '%s': must be NUMBER/OF, such as 1/2, of at most 64".formatted(text));
    }
    String[] numbers = text.split("/");
    return new Share(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
  }

  /**
   * Refuses a part that nothing is left for.
   *
   * @param count how many there are to share
   * @param what they are called
   * @throws BadJob if this part has none of them
   */
  void requireSomeOf(int count, String what) {
    if (number > count) {
      throw new BadJob("part %d/%d has no %s: its number must be from 1 to %d, as many as there are".formatted(
          number, of, what, count));
    }
  }

  /** Every {@code of}-th of them. */
  <T> List<T> of(List<T> all) {
    return IntStream.range(0, all.size()).filter(this::has).mapToObj(all::get).toList();
  }

  /** Whether that one of all, counted from 0, is in it. */
  boolean has(int index) {
    return index % of == number - 1;
  }
}
