// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.tensor;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** Finds the known name that somebody meant by a wrong one. */
public final class Nearest {

  private Nearest() {}

  /** {@code ": did you mean 'steps'?"}, or nothing if no known name is near. */
  public static String hint(String wrong, Collection<String> known) {
    return nearest(wrong, known, name -> Math.max(2, name.length() / 3))
        .map(": did you mean '%s'?"::formatted).orElse("");
  }

  /** The known word that one may be a slip of the hand for: a letter is wrong, or two of six and more. */
  public static Optional<String> slip(String wrong, Collection<String> known) {
    return nearest(wrong, known, word -> word.length() > 2 ? Math.min(2, wrong.length() / 3) : 0);
  }

  /** @param bound the distance up to which a known name is near */
  private static Optional<String> nearest(String wrong, Collection<String> known, ToIntFunction<String> bound) {
    return known.stream().filter(name -> distance(wrong, name) <= bound.applyAsInt(name))
        .min(Comparator.comparingInt(name -> distance(wrong, name)));
  }

  /** How many letters must be changed, put in or left out (Levenshtein). */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[to.length()];
  }
}
