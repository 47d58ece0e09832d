// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things that were opened one after the other, and are closed in the reverse order, each once, whatever goes wrong. */
final class Closing implements AutoCloseable {

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T resource) {
    opened.push(resource);
    return resource;
  }

  /** Gives all that is open to another, which closes it instead. */
  Closing handOver() {
    Closing other = new Closing();
    other.opened.addAll(opened);
    opened.clear();
    return other;
  }

  /** @throws Exception what went wrong first, with the rest suppressed in it */
  @Override
  public void close() throws Exception {
    Exception first = null;
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** Closes all after {@code failure}, which stays the one to tell. */
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }
}
