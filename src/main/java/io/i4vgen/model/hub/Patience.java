// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.time.Duration;

/**
 * How long a download keeps trying.
 *
 * @param attempts how often in a row without a single new byte
 * @param first the wait before the second attempt; twice that before the third ...
 * @param longest ... but never longer than this
 * @param silence how long a connection may bring nothing before it is given up
 */
public record Patience(int attempts, Duration first, Duration longest, Duration silence) {

  /** For networks as they are. */
  public static final Patience USUAL =
      new Patience(6, Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(60));

  public Patience {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be 1 or more, is " + attempts);
    }
    if (first.isNegative() || longest.compareTo(first) < 0 || silence.isZero() || silence.isNegative()) {
      throw new IllegalArgumentException("waits must be 0 or more, the longest one at least the first, and the silence"
          + " more than 0; are " + first + ", " + longest + ", " + silence);
    }
  }

  /** @param failed attempts in a row that brought nothing, from 1 */
  Duration before(int failed) {
    Duration wait = first.multipliedBy(1L << Math.min(20, failed - 1));
    return wait.compareTo(longest) < 0 ? wait : longest;
  }
}
