// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.time.Duration;
import java.util.function.LongSupplier;

/** How long several things may wait, one after the other: all of them together no longer than one of them alone. */
final class Deadline {

  private final long patience;
  private final LongSupplier clock;
  private long end;
  private boolean begun;

  Deadline(Duration patience) {
    this(patience, System::nanoTime);
  }

  /** @param clock in nanoseconds, from anywhere */
  Deadline(Duration patience, LongSupplier clock) {
    this.patience = patience.toNanos();
    this.clock = clock;
  }

  /** The first thing begins to wait; a second call changes nothing. */
  synchronized void begin() {
    if (!begun) {
      begun = true;
      end = clock.getAsLong() + patience;
    }
  }

  /** Whether it has begun and nothing is left of it. */
  synchronized boolean isOver() {
    return begun && left().isZero();
  }

  /** What is left of it; all of it before the beginning, never less than nothing. */
  synchronized Duration left() {
    return Duration.ofNanos(begun ? Math.max(0, end - clock.getAsLong()) : patience);
  }
}
