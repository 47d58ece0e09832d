// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

/**
 * Something costly that several own: the cache, and everyone with a lease. Closed when the last owner lets go.
 *
 * @param <V> what is shared
 */
final class Shared<V extends AutoCloseable> {

  private final V value;
  private final long bytes;
  private final Runnable onClosed;
  private int owners;

  /** @param owners how many own it from the start */
  Shared(V value, long bytes, int owners, Runnable onClosed) {
    this.value = value;
    this.bytes = bytes;
    this.owners = owners;
    this.onClosed = onClosed;
  }

  V value() {
    return value;
  }

  long bytes() {
    return bytes;
  }

  /** One owner more; {@code false} if it is closed already. */
  synchronized boolean retain() {
    if (owners == 0) {
      return false;
    }
    owners++;
    return true;
  }

  /** One owner less. */
  void release() {
    boolean last;
    synchronized (this) {
      last = --owners == 0;
    }
    if (last) {
      close();
    }
  }

  private void close() {
    try {
      value.close();
    } catch (Exception e) {
      throw new IllegalStateException("cannot be closed: " + value.getClass().getSimpleName(), e);
    } finally {
      onClosed.run();
    }
  }
}
