// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.i4vgen.generation.BadJob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HardwareTest {

  @ParameterizedTest
  @CsvSource({"auto, 0", "cuda, 0", "gpu, 0", "cuda:0, 0", "gpu:0, 0", "cuda:1, 1", "gpu:1, 1", "cuda:11, 11"})
  void namesAGpuByItsNumberOrTheFirstOne(String name, int number) {
    assertThat(Hardware.device(name, 12)).isEqualTo(Device.gpu(number));
  }

  @Test
  void takesTheProcessorIfThereIsNoGpuOrItIsAskedFor() {
    assertThat(Hardware.device("auto", 0)).isEqualTo(Device.cpu());
    assertThat(Hardware.device("cpu", 2)).isEqualTo(Device.cpu());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "cuda   | 0 | i4vgen.device is 'cuda': this machine has no GPU that this build can use",
      "cuda:0 | 0 | i4vgen.device is 'cuda:0': this machine has no GPU that this build can use",
      "cuda:1 | 1 | i4vgen.device is 'cuda:1': this machine has one GPU, cuda:0",
      "cuda:2 | 2 | i4vgen.device is 'cuda:2': this machine has the GPUs cuda:0 to cuda:1"})
  void refusesAGpuThatIsNotThere(String name, int gpus, String message) {
    assertThatThrownBy(() -> Hardware.device(name, gpus)).isInstanceOf(BadJob.class).hasMessage(message);
  }
}
