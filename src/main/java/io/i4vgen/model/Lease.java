// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.function.Function;

/**
 * The right to use something shared until {@link #close}; by try-with-resources. What it gives must not be closed.
 *
 * @param <T> what is lent
 */
public final class Lease<T> implements AutoCloseable {

  private final T lent;
  private Runnable giveBack;

  Lease(T lent, Runnable giveBack) {
    this.lent = lent;
    this.giveBack = giveBack;
  }

  /** @throws IllegalStateException if it has been given back */
  public synchronized T get() {
    if (giveBack == null) {
      throw new IllegalStateException("this lease of " + lent.getClass().getSimpleName() + " has been given back");
    }
    return lent;
  }

  /** The same lease, of something that belongs to what is lent. */
  <R> Lease<R> as(Function<T, R> part) {
    return new Lease<>(part.apply(get()), this::close);
  }

  /** Gives it back; a second time does nothing. */
  @Override
  public synchronized void close() {
    if (giveBack != null) {
      Runnable once = giveBack;
      giveBack = null;
      once.run();
    }
  }
}
