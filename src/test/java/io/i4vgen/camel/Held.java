// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Holds a stage that has begun until the test lets it go, deaf to interrupts, as native code is. */
final class Held implements Progress {

  private final String stage;
  private final Progress next;
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch free = new CountDownLatch(1);

  Held(String stage, Progress next) {
    this.stage = stage;
    this.next = next;
  }

  void awaitBegin() throws InterruptedException {
    begun.await();
  }

  void release() {
    free.countDown();
  }

  @Override
  public void started(Job job, String name) {
    if (!name.equals(stage)) {
      return;
    }
    begun.countDown();
    while (free.getCount() > 0) {
      try {
        free.await();
      } catch (InterruptedException e) {
        continue;
      }
    }
  }

  @Override
  public void finished(Generation result, String name, Duration time) {
    next.finished(result, name, time);
  }
}
