// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VocabularyTest {

  private static final Vocabulary WORDS =
      new Vocabulary(Map.of("shapes", List.of("star", "plus sign"), "scenes", List.of("in the Sky")));

  @Test
  void aWordIsKnownWhateverStandsAroundItAndHoweverItIsWritten() {
    assertThat(WORDS.unknown("Star, STAR; (plus-sign)... in\tthe 'sky'! -- \"star\"?")).isEmpty();
    assertThat(WORDS.unknown("")).isEmpty();
  }

  @Test
  void otherWordsAreUnknownEachOnce() {
    assertThat(WORDS.unknown("2 dogs, Dogs and a star's sky 2: stars, \u661f \u2b50"))
        .containsExactly("2", "dogs", "and", "a", "star's", "stars", "\u661f", "\u2b50");
  }

  @Test
  void aPackThatNamesNoWordsKnowsAll() {
    assertThat(Vocabulary.ANY.unknown("a dog plays chess")).isEmpty();
  }
}
