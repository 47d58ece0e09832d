// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.apache.camel.support.service.ServiceSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CamelRunTest {

  @TempDir
  Path folder;

  /** Stops when it is let go, as a listener does whose message is still under way. */
  private static final class Stubborn extends ServiceSupport {

    private final CountDownLatch free = new CountDownLatch(1);

    @Override
    protected void doStop() throws InterruptedException {
      free.await();
    }
  }

  @Test
  void closesAfterTheDeadlineEvenIfAPartOfCamelDoesNotStop() throws Exception {
    Stubborn listener = new Stubborn();
    CamelRun run = CamelRun.start(Home.in(folder).configuration(), List.of(), new Deadline(Duration.ZERO), camel -> {
      try {
        camel.addService(listener);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    FutureTask<Void> closing = new FutureTask<>((Callable<Void>) () -> {
      run.close();
      return null;
    });
    new Thread(closing).start();
    try {
      Wait.until(closing::isDone);
    } finally {
      listener.free.countDown();
    }
    closing.get();
  }
}
