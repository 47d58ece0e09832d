// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionWindowsTest {

  private static AttentionWindows ofFour(Integer... starts) {
    return new AttentionWindows(List.of(starts), Collections.nCopies(4, 1.0));
  }

  @Test
  void coverEveryFrameAndEndWithTheVideo() {
    assertThatCode(() -> ofFour(0, 2, 6).check(10)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ofFour(0, 2, 6).check(11)).hasMessage(
        "attention windows: they end with frame 10, the video has 11");
    assertThatCode(() -> AttentionWindows.NONE.check(11)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "0 5", "0 0", "0 4 2", "-1 2"})
  void thatLeaveOutAFrameOrGoBackAreRefused(String starts) {
    Integer[] numbers = Arrays.stream(starts.split(" ")).map(Integer::valueOf).toArray(Integer[]::new);
    assertThatThrownBy(() -> ofFour(numbers)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leave out no frame");
  }

  @Test
  void everyFrameHasAShare() {
    assertThatThrownBy(() -> new AttentionWindows(List.of(0), List.of(1.0, 0.0)))
        .hasMessageContaining("expected numbers above 0");
    assertThatThrownBy(() -> new AttentionWindows(List.of(0), List.of()))
        .hasMessageContaining("expected both or neither");
  }
}
