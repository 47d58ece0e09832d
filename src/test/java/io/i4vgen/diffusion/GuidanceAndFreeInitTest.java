// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuidanceAndFreeInitTest extends WithMemory {

  private static final Shape SHAPE = new Shape(5, 2, 4, 3);

  private final NDArray a = new TorchRandom(1).normal(manager, SHAPE);
  private final NDArray b = new TorchRandom(2).normal(manager, SHAPE);

  @Test
  void guidanceExtrapolatesFromTheNegativePromptToThePrompt() {
    Guidance.Predictor model = (latents, rows, t) -> {
      assertThat(latents.getShape()).isEqualTo(new Shape(10, 2, 4, 3));
      assertThat(rows).isEqualTo(2);
      return latents.mul(manager.create(new float[] {1, 2}).repeat(5).reshape(10, 1, 1, 1));
    };
    NDArray guided = new Guidance(7.5).denoiser(model).predict(a, 10);
    assertThat(SchedulerTest.largestDifference(guided, a.mul(8.5))).isLessThan(1e-5f);
  }

  @Test
  void withoutGuidanceOnlyThePromptIsAsked() {
    NDArray output = new Guidance(1).denoiser((latents, rows, t) -> latents.mul(rows)).predict(a, 10);
    assertThat(output.toFloatArray()).isEqualTo(a.toFloatArray());
    assertThatThrownBy(() -> new Guidance(-1)).hasMessageContaining("guidance -1.0");
  }

  @Test
  void aFilterThatLetsNothingPassKeepsTheSecondVideo() {
    NDArray mixed = new FrequencyMix(new LowPassFilter(LowPassFilter.Kind.GAUSSIAN, 0, 0.25, 4)).mix(a, b);
    assertThat(SchedulerTest.largestDifference(mixed, b)).isLessThan(1e-6f);
  }

  @Test
  void mixingAVideoWithItselfChangesNothing() {
    for (LowPassFilter.Kind kind : LowPassFilter.Kind.values()) {
      NDArray mixed = new FrequencyMix(new LowPassFilter(kind, 0.25, 0.25, 4)).mix(a, a);
      assertThat(SchedulerTest.largestDifference(mixed, a)).as(kind.name()).isLessThan(1e-6f);
    }
  }

  @Test
  void theMeanOfAVideoPassesEveryFilterOfAnEvenSize() {
    Shape even = new Shape(4, 1, 4, 4);
    for (LowPassFilter.Kind kind : LowPassFilter.Kind.values()) {
      NDArray mixed = new FrequencyMix(new LowPassFilter(kind, 0.5, 0.5, 4)).mix(manager.ones(even),
          manager.zeros(even));
      assertThat(mixed.mean().getFloat()).as(kind.name()).isEqualTo(1, within(1e-6f));
    }
  }

  @Test
  void stopFrequenciesAndOrderAreChecked() {
    assertThatThrownBy(() -> new LowPassFilter(LowPassFilter.Kind.BOX, 1.5, 0.2, 4)).hasMessageContaining("1.5");
    assertThatThrownBy(() -> new LowPassFilter(LowPassFilter.Kind.BOX, 0.5, 0.2, 0)).hasMessageContaining("order 0");
    assertThatThrownBy(() -> new FreeInit(LowPassFilter.DEFAULT, 0, false)).hasMessageContaining("iterations 0");
  }

  @Test
  void fastIterationsGrowToAllStepsAndAreCountedOn() {
    FreeInit freeInit = new FreeInit(LowPassFilter.DEFAULT, 3, true);
    List<Integer> steps = new ArrayList<>();
    freeInit.sample((x, t) -> x.mul(0.1), n -> new Ddim(SchedulerTest.config(), n, 0), 15, a, a, new TorchRandom(1),
        (step, of, t, latent) -> {
          steps.add(step);
          assertThat(of).isEqualTo(30);
        });
    assertThat(steps).hasSize(30).startsWith(1, 2).endsWith(29, 30).doesNotHaveDuplicates();
    assertThat(freeInit.steps(0, 15)).isEqualTo(5);
  }
}
