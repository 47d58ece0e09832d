// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.WithMemory;
import io.i4vgen.diffusion.TorchRandom;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatisticsTest extends WithMemory {

  private static final Path CASE = Path.of("src/test/resources/reference/unet-motion-v1");

  /** Four candidates are four images, whatever a clip of four frames is. */
  @ParameterizedTest
  @EnumSource
  void withoutMotionAnImageIsTheSameAloneAndAmongOthers(Statistics statistics) throws IOException {
    UnetConfig config = UnetConfig.of(new ObjectMapper().readTree(CASE.resolve("case.json").toFile()).get("config"));
    UnetConfig mode = config.withMotion(config.motion().orElseThrow().withStatistics(statistics));
    NDArray images = new TorchRandom(1).normal(manager, new Shape(4, 4, 8, 8));
    NDArray text = new TorchRandom(2).normal(manager, new Shape(1, 7, 16));
    NDArray time = manager.create(new float[] {500});
    try (StateDict state = StateDict.open(CASE.resolve("weights.safetensors"));
        Unet unet = Unet.load(state, mode, manager)) {
      NDArray among = unet.predict(images, time, text, 4, false).get("0:1");
      NDArray alone = unet.predict(images.get("0:1"), time, text, 1, false);
      assertNear(among, alone);
    }
  }
}
