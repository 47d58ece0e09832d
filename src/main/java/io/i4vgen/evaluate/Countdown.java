// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

/** How many of a number of things are done, and how long the others will take at this pace. */
final class Countdown {

  private final int total;
  private final int before;
  private final long start = System.nanoTime();
  private int done;

  /** @param before how many were done by an earlier process */
  Countdown(int total, int before) {
    this.total = total;
    this.before = before;
    this.done = before;
  }

  void tick() {
    done++;
  }

  int done() {
    return done;
  }

  int total() {
    return total;
  }

  double secondsLeft() {
    return (System.nanoTime() - start) / 1e9 / Math.max(1, done - before) * (total - done);
  }
}
