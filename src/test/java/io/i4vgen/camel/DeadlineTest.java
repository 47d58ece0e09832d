// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeadlineTest {

  @Test
  void isNotOverBeforeItBegins() {
    Deadline none = new Deadline(Duration.ZERO);
    assertThat(none.isOver()).isFalse();
    none.begin();
    assertThat(none.isOver()).isTrue();
  }

  @Test
  void isSharedByAllThatWaitForIt() {
    AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
    Deadline deadline = new Deadline(Duration.ofSeconds(30), clock::get);
    clock.addAndGet(1);
    assertThat(deadline.left()).isEqualTo(Duration.ofSeconds(30));
    deadline.begin();
    clock.addAndGet(Duration.ofSeconds(20).toNanos());
    assertThat(deadline.left()).isEqualTo(Duration.ofSeconds(10));
    deadline.begin();
    assertThat(deadline.isOver()).isFalse();
    clock.addAndGet(Duration.ofSeconds(11).toNanos());
    assertThat(deadline.left()).isEqualTo(Duration.ZERO);
    assertThat(deadline.isOver()).isTrue();
  }
}
