// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.UnderLocale;
import io.i4vgen.evaluate.shapes.Specs;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NamesTest {

  @Test
  void idsAndFilesHaveTheSameDigitsForEveryUser() throws Throwable {
    Trial trial = Trial.all(new Specs(1).draw(1), 2, 7).get(1);
    UnderLocale.run("fa", () -> {
      assertThat(trial.id()).isEqualTo("prompt-000-1");
      assertThat(new VbenchPrompt("a star", 5).name(4)).isEqualTo("a star-4.mp4");
    });
  }

  @Test
  void whatIsSaidOfACellHasADecimalPointForEveryUser() throws Throwable {
    SweepRow row = new SweepRow(new Cell(Map.of()), Optional.of(0.5), new Cost(1, 2, 3), true, 0.1, 0.9903, "", "");
    UnderLocale.run("de", () -> assertThat(row.summary()).isEqualTo("reward 0.50  flicker 99.03  dynamic"));
  }
}
