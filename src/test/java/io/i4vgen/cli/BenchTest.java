// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Engine;
import io.i4vgen.stage.Progress;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BenchTest {

  @RegisterExtension
  final Screen screen = new Screen();

  @Test
  void countsTheCallsOfTheUnetOfEachRoute() {
    assertThat(I4vgen.run("bench", "--routes", "text-to-video,freeinit,i4vgen:code,i4vgen:paper", "--runs", "1",
        "--option", "steps=2", "--option", "candidates=2", "--option", "frames=3", "--option",
        "free-init.iterations=3")).as(text(screen.err)).isZero();
    assertThat(text(screen.out)).containsPattern("text-to-video +[\\d.]+ \\([\\d.]+, [\\d.]+\\) +1.00 +0 +2\n")
        .containsPattern("freeinit .* 0 +6\n").containsPattern("i4vgen:code .* 2 +4\n")
        .containsPattern("i4vgen:paper .* 2 +3\n");
  }

  @Test
  void measuresTheNetworksOfAPack() {
    assertThat(I4vgen.run("bench", "--runs", "1")).as(text(screen.err)).isZero();
    assertThat(text(screen.out)).contains("load unet", "guided step, images", "guided step, video", "peak memory");
  }

  @Test
  void whatCannotBeMeasuredIsRefused() {
    assertThat(I4vgen.run("bench", "--routes", "text-to-vidio")).isEqualTo(2);
    assertThat(I4vgen.run("bench", "--routes", "text-to-video", "--option", "x=1")).isEqualTo(2);
    assertThat(I4vgen.run("bench", "--routes", "text-to-video", "--option", "steps=0")).isEqualTo(2);
    assertThat(I4vgen.run("bench", "--runs", "0")).isEqualTo(2);
    assertThat(text(screen.err)).contains("text-to-vidio", "--option x: no step of these routes has it",
        "parameter 'steps' of the job is '0'", "--runs is 0: must be 1 or more");
    assertThat(text(screen.out)).isEmpty();
  }

  @Test
  void worksOnTheDeviceThatTheSettingsSay() {
    Configuration settings = Configuration.load(Map.of(), Map.of("i4vgen.device", "cpu"));
    try (Engine engine = Engine.start(settings, Set.of(), new Progress() {});
        NDManager memory = engine.newMemory()) {
      assertThat(memory.getDevice()).isEqualTo(Device.cpu());
    }
  }
}
