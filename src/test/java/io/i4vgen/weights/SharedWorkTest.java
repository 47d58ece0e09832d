// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedWorkTest {

  private final List<Integer> numbers = IntStream.range(0, 1000).boxed().toList();

  @Test
  void resultsAreInTheOrderOfTheItems() {
    assertThat(SharedWork.map(numbers, () -> number -> number * number))
        .containsExactlyElementsOf(numbers.stream().map(number -> number * number).toList());
    assertThat(SharedWork.map(List.<Integer>of(), () -> number -> number)).isEmpty();
  }

  @Test
  void everyThreadHasAFunctionOfItsOwn() {
    AtomicInteger functions = new AtomicInteger();
    List<Integer> makers = SharedWork.map(numbers, () -> {
      int maker = functions.incrementAndGet();
      Thread thread = Thread.currentThread();
      return number -> {
        assertThat(Thread.currentThread()).isSameAs(thread);
        return maker;
      };
    });
    assertThat(makers).allSatisfy(maker -> assertThat(maker).isBetween(1, functions.get()));
  }

  @Test
  void aFailureIsThrownWhenNoThreadIsAtWorkAnyMore() {
    AtomicInteger atWork = new AtomicInteger();
    assertThatThrownBy(() -> SharedWork.map(numbers, () -> number -> {
      atWork.incrementAndGet();
      try {
        if (number == 5) {
          throw new BadWeights("number 5");
        }
        Thread.onSpinWait();
        return number;
      } finally {
        atWork.decrementAndGet();
      }
    })).isInstanceOf(BadWeights.class).hasMessage("number 5");
    assertThat(atWork).hasValue(0);
  }
}
