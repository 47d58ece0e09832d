// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoopsFreeTheirTensorsTest extends WithMemory {

  private static final int RUNS = 100;
  private static final Shape SHAPE = new Shape(4, 4, 2, 2);

  private final Ddim ddim = new Ddim(SchedulerTest.config(), 5, 0);
  private final NDArray latent = new TorchRandom(1).normal(manager, SHAPE);
  private final NDArray noise = new TorchRandom(2).normal(manager, SHAPE);
  private final Denoiser denoiser = new Guidance(7.5).denoiser((latents, rows, t) -> latents.mul(0.3).add(0.1));

  @Test
  void denoisingLeavesOneTensorAndNoMore() {
    leavesOneTensor(() -> Sampler.denoise(denoiser, ddim, latent, 0, NoiseSource.NONE, StepListener.NONE));
  }

  @Test
  void ancestralSamplingLeavesOneTensorAndNoMore() {
    Ddpm ddpm = new Ddpm(SchedulerTest.config(), 5);
    NoiseSource random = new TorchRandom(3);
    leavesOneTensor(() -> Sampler.denoise(denoiser, ddpm, latent, 0, random, StepListener.NONE));
  }

  @ParameterizedTest
  @EnumSource(SamplerKind.class)
  void everySamplerLeavesOneTensorAndNoMore(SamplerKind kind) {
    Scheduler scheduler = kind.scheduler(SchedulerTest.config(), 5, 0);
    NoiseSource random = new TorchRandom(3);
    leavesOneTensor(() -> Sampler.denoise(denoiser, scheduler, latent, 0, random, StepListener.NONE));
    leavesOneTensor(() -> scheduler.step(latent, 2, latent, random));
  }

  @Test
  void distillationLeavesOneTensorAndNoMore() {
    NiVsds niVsds = new NiVsds(ddim);
    leavesOneTensor(() -> niVsds.animate(denoiser, latent, noise, NiVsds.CODE, StepListener.NONE));
  }

  @Test
  void freeInitLeavesOneTensorAndNoMore() {
    FreeInit freeInit = new FreeInit(LowPassFilter.DEFAULT, 3, true);
    leavesOneTensor(() -> freeInit.sample(denoiser, steps -> new Ddim(SchedulerTest.config(), steps, 0), 6, noise,
        noise, new TorchRandom(4), StepListener.NONE));
  }

  @Test
  void aStepThatFailsLeavesNothing() {
    int before = manager.getManagedArrays().size();
    Denoiser failing = (x, t) -> {
      if (t < 500) {
        throw new IllegalStateException("no more");
      }
      return denoiser.predict(x, t);
    };
    assertThatThrownBy(() -> Sampler.denoise(failing, ddim, latent, 0, NoiseSource.NONE, StepListener.NONE))
        .hasMessage("no more");
    assertThatThrownBy(() -> new NiVsds(ddim).animate(failing, latent, noise, NiVsds.CODE, (step, of, t, v) -> {
      throw new IllegalStateException("cancelled");
    })).hasMessage("cancelled");
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  private void leavesOneTensor(Supplier<NDArray> loop) {
    int before = manager.getManagedArrays().size();
    for (int i = 0; i < RUNS; i++) {
      NDArray result = loop.get();
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
      assertThat(latent.isReleased() || noise.isReleased()).isFalse();
      result.close();
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }
}
