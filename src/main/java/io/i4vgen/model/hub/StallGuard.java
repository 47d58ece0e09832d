// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** A stream that fails when nothing comes for a while, which a plain one of the network never does. */
final class StallGuard implements AutoCloseable {

  private final InputStream stream;
  private final Duration silence;
  private final Thread watch;
  private volatile long last = System.nanoTime();
  private volatile boolean stalled;

  StallGuard(InputStream stream, Duration silence) {
    this.stream = stream;
    this.silence = silence;
    this.watch = new Thread(this::watch, "i4vgen download watch");
    watch.setDaemon(true);
    watch.start();
  }

  /** As {@link InputStream#read(byte[])}. */
  int read(byte[] buffer) throws IOException {
    try {
      int count = stream.read(buffer);
      last = System.nanoTime();
      return count;
    } catch (IOException e) {
      throw stalled ? new IOException("nothing came for " + silence.toMillis() / 1000.0 + " s", e) : e;
    }
  }

  private void watch() {
    try {
      while (!stalled) {
        long left = silence.toNanos() - (System.nanoTime() - last);
        if (left > 0) {
          Thread.sleep(left / 1_000_000 + 1);
        } else {
          stalled = true;
          stream.close();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // a stream that can't even be closed fails the reader, too
      stalled = true;
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
