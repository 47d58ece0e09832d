// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {

  private final StringWriter screen = new StringWriter();
  private final ConsoleProgress progress = new ConsoleProgress(new StatusLine(new PrintWriter(screen), false));

  private List<String> finished(float[] rewards, String... stages) {
    try (NDManager memory = NDManager.newBaseManager();
        Generation generation = Generation.of(new Job("one", "a star", null, 7, "shapes", Map.of()), memory)) {
      Generation scored = generation.with(Part.REWARDS, memory.create(rewards));
      for (String stage : stages) {
        progress.finished(scored, stage, Duration.ofMillis(500));
      }
    }
    return screen.toString().lines().toList();
  }

  @Test
  void theLongestNameOfAStepFitsItsColumn() {
    assertThat(finished(new float[] {1}, "decode", "context-windows"))
        .extracting(line -> line.indexOf("0.5 s")).containsExactly(47, 47);
  }

  @Test
  void theRewardOfOneImageIsNoStatistic() {
    assertThat(finished(new float[] {-1.23f}, "image-reward")).singleElement().asString()
        .endsWith("0.5 s  1 image, reward -1.23");
    assertThat(finished(new float[] {0.5f, 1}, "image-reward")).last().asString()
        .endsWith("2 images, rewards 0.50 to 1.00, median 0.75");
  }
}
