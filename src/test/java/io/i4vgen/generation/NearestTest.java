// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

  private static final List<String> WORDS = List.of("a", "at", "red", "star", "triangle", "huge");

  @Test
  void aSlipOfTheHandIsToldFromAnotherWord() {
    assertThat(Nearest.slip("strar", WORDS)).contains("star");
    assertThat(Nearest.slip("traingle", WORDS)).contains("triangle");
    assertThat(Nearest.slip("cat", WORDS)).isEmpty();
    assertThat(Nearest.slip("house", WORDS)).isEmpty();
    assertThat(Nearest.slip("2", WORDS)).isEmpty();
    assertThat(Nearest.slip("star", List.of())).isEmpty();
  }
}
