// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

  private static final List<String> WORDS = List.of("a", "at", "red", "star", "triangle", "huge");

  @Test
  void aLongNameMayBeFurtherAwayThanAShortOne() {
    List<String> names = List.of("steps", "candidates", "noise.strength");
    assertThat(Nearest.hint("stpes", names)).isEqualTo(": did you mean 'steps'?");
    assertThat(Nearest.hint("noise-strenght", names)).isEqualTo(": did you mean 'noise.strength'?");
    assertThat(Nearest.hint("candida", names)).isEqualTo(": did you mean 'candidates'?");
    assertThat(Nearest.hint("the.steps", names)).isEmpty();
    assertThat(Nearest.hint("the.steps", List.of("steps", "the.steps.now"))).as("as far away, but longer")
        .isEqualTo(": did you mean 'the.steps.now'?");
  }

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
