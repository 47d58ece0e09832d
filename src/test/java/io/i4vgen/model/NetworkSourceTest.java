// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.network.Unet;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkSourceTest {

  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void write() throws IOException {
    folder = SmallPack.write(parent);
  }

  @ParameterizedTest
  @CsvSource({"v_pred, prediction_type: v_prediction", "ztsnr, rescale_betas_zero_snr: true"})
  void weightsThatAreMarkedNeedASchedulerThatFits(String mark, String key) throws IOException {
    marked(List.of(mark), "clip_sample: false");
    String message = "pack 'small', network 'unet': the weights are marked %s: the pack's scheduler must say %s"
        .formatted(mark, key);
    assertThatThrownBy(this::unet).isInstanceOf(PackException.class).hasMessage(message);
    assertThat(new PackCheck(PackReader.outline(folder), HubFile.PUBLIC).faults(step -> { })).containsExactly(message);
  }

  @Test
  void marksAreNoPartOfTheNetwork() throws IOException {
    marked(List.of("v_pred", "ztsnr"), "clip_sample: false, prediction_type: v_prediction,"
        + " rescale_betas_zero_snr: true, timestep_spacing: trailing");
    assertThat(unet()).isNotNull();
  }

  private void marked(List<String> marks, String scheduler) throws IOException {
    Path file = folder.resolve("unet/model.safetensors");
    try (NDManager memory = NDManager.newBaseManager()) {
      Map<String, NDArray> tensors;
      try (StateDict state = StateDict.open(file)) {
        tensors = new LinkedHashMap<>(state.load(memory));
      }
      marks.forEach(mark -> tensors.put(mark, memory.zeros(new Shape(0))));
      Safetensors.write(file, tensors, Map.of());
    }
    SmallPack.describe(folder, SmallPack.HEAD.replace("clip_sample: false", scheduler));
  }

  private Object unet() {
    PackDescription pack = new Packs(List.of(parent)).find("small");
    NetworkSource source = new NetworkSource(pack);
    return source.named(Kind.UNET, () -> {
      try (StateDict state = source.open(Kind.UNET); NDManager memory = NDManager.newBaseManager()) {
        return Unet.load(state, source.unet(state), memory, DataType.FLOAT32);
      }
    });
  }
}
