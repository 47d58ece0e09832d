// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The cache weighs and drops an entry on the thread that loaded it, after its borrower already has it. */
final class Eventually {

  private Eventually() {}

  /** Makes the assertion until it holds; the limit is only there so that a broken build ends. */
  static void holds(Runnable assertion) {
    long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
    while (true) {
      try {
        assertion.run();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }
    }
  }
}
