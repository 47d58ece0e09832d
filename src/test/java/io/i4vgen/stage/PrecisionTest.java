// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.model.Precision;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrecisionTest {

  @TempDir
  Path folder;

  @Test
  void allNetworksOfARunCalculateInBrainFloats() {
    try (Pipelines exactly = new Pipelines(folder); Generation exact = made(exactly);
        Pipelines roundly = new Pipelines(folder, new Progress() {}, Precision.BF16);
        Generation rounded = made(roundly)) {
      assertThat(error(rounded, exact, Part.TEXT)).isBetween(1e-4f, 0.05f);
      assertThat(error(rounded, exact, Part.CANDIDATES)).isBetween(1e-4f, 0.2f);
      assertThat(rounded.rewards()).hasSize(2).isNotEqualTo(exact.rewards());
      assertThat(rounded.parts().get(Part.FRAMES).getShape()).isEqualTo(exact.parts().get(Part.FRAMES).getShape());
    }
  }

  private static Generation made(Pipelines pipelines) {
    return pipelines.run(Pipelines.job("a red star moving right over green hills", 5,
        Map.of("steps", "3", "candidates", "2", "frames", "4")), Pipelines.i4vgen());
  }

  private static float error(Generation rounded, Generation exact, Part part) {
    NDArray expected = exact.parts().get(part);
    return rounded.parts().get(part).sub(expected).norm().getFloat() / expected.norm().getFloat();
  }
}
