// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for something that another thread or process does. */
final class Wait {

  private Wait() {}

  /** Asks again and again until the answer is yes; the limit is only there so that a broken build ends. */
  static void until(Callable<Boolean> condition) throws Exception {
    until(Duration.ofSeconds(120), condition);
  }

  /** The same with another limit. */
  static void until(Duration limit, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("still not so after " + limit);
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
