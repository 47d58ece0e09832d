// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.Arrays;
import java.util.Objects;

/**
 * A text as a network reads it: always as many ids as the network has positions.
 *
 * @param ids the ids, begin and end marks included, padded to the length of the network ([positions])
 * @param used how many of {@code ids} are not padding
 * @param needed how many the whole text needs, both marks included; more than {@code ids.length} if it was cut
 * @param cut the end of the text that did not fit, as it was written; empty if all of it did
 */
public record Tokens(long[] ids, int used, int needed, String cut) {

  /** @throws IllegalArgumentException if the counts contradict each other */
  public Tokens {
    Objects.requireNonNull(cut, "cut");
    if (used < 0 || used > ids.length || needed < used) {
      throw new IllegalArgumentException(
          "used must be 0 to " + ids.length + " and at most needed, is " + used + " of " + needed);
    }
  }

  /** One for every token, zero for the padding after them. */
  public long[] mask() {
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 0, used, 1);
    return mask;
  }
}
