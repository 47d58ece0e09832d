// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NiVsdsTest extends WithMemory {

  private static final Shape SHAPE = new Shape(3, 4, 2, 2);

  private final Ddim scheduler = new Ddim(SchedulerTest.config("steps_offset", 1), 25, 0);
  private final NiVsds niVsds = new NiVsds(scheduler);
  private final NDArray latent = new TorchRandom(1).normal(manager, SHAPE);
  private final NDArray noise = new TorchRandom(2).normal(manager, SHAPE);
  private final Denoiser denoiser = (x, t) -> x.mul(0.3).add(t * 1e-3);

  @Test
  void theCodesPresetRunsSixteenIterationsOnAnimateDiffsGridAndThePapersFifteen() {
    double[] code = NiVsds.CODE.extent().of(scheduler.timesteps(), 1000);
    assertThat(code).hasSize(16).startsWith(961, 921).endsWith(401, 361);
    assertThat(NiVsds.PAPER.extent().of(scheduler.timesteps(), 1000)).hasSize(15).endsWith(401);
  }

  @Test
  void untilZeroRunsTheWholeGridAndUntilOneNothing() {
    assertThat(new Extent.Until(0).of(scheduler.timesteps(), 1000)).isEqualTo(scheduler.timesteps());
    assertThat(new Extent.Until(1).of(scheduler.timesteps(), 1000)).isEmpty();
    assertThatThrownBy(() -> new Extent.Until(1.01)).hasMessageContaining("until 1.01 must be between 0 and 1");
  }

  @Test
  void allStepsAreNotMoreThanThereAre() {
    assertThat(new Extent.Steps(1).of(scheduler.timesteps(), 1000)).isEqualTo(scheduler.timesteps());
    assertThat(new Extent.Steps(0).of(scheduler.timesteps(), 1000)).containsExactly(961);
  }

  @Test
  void noTimestepsLeaveTheLatentAsItIs() {
    NDArray same = niVsds.animate(denoiser, latent, noise, new double[0], StepSizes.of(1), StepListener.NONE);
    assertThat(same.toFloatArray()).isEqualTo(latent.toFloatArray());
  }

  @Test
  void theLastStepSizeHoldsForAllFurtherIterations() {
    Ddim fine = new Ddim(SchedulerTest.config(), 100, 0);
    List<Integer> steps = new ArrayList<>();
    NDArray listed = new NiVsds(fine).animate(denoiser, latent, noise, NiVsds.CODE,
        (step, of, timestep, v) -> steps.add(of));
    assertThat(steps).hasSize(61).containsOnly(61);
    NDArray longer = new NiVsds(fine).animate(denoiser, latent, noise,
        new NiVsds.Preset(StepSizes.of(repeated(200)), NiVsds.CODE.extent()), StepListener.NONE);
    assertThat(listed.toFloatArray()).isEqualTo(longer.toFloatArray());
  }

  /** 10, 10, 10 and then ones. */
  private static double[] repeated(int size) {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = i < 3 ? 10 : 1;
    }
    return values;
  }

  @Test
  void stepSizesMustBeThereAndFinite() {
    assertThatThrownBy(StepSizes::of).hasMessageContaining("at least one");
    assertThatThrownBy(() -> StepSizes.of(1, -2)).hasMessageContaining("-2.0");
    assertThatThrownBy(() -> StepSizes.of(Double.NaN)).hasMessageContaining("NaN");
  }

  @Test
  void anUpdateMovesTowardsThePredictedCleanLatent() {
    long t = 401;
    double alphaBar = scheduler.schedule().alphaBar(t);
    NDArray noised = scheduler.addNoise(latent, noise, t);
    NDArray x0 = PredictionType.EPSILON.original(denoiser.predict(noised, t), noised, alphaBar);
    double eta = 10 * Math.sqrt(alphaBar * (1 - alphaBar));
    NDArray expected = latent.sub(latent.sub(x0).mul(eta));
    NDArray moved =
        niVsds.animate(denoiser, latent, noise, new double[] {t}, StepSizes.of(10), StepListener.NONE);
    assertThat(SchedulerTest.largestDifference(moved, expected)).isLessThan(1e-4f);
  }

  @Test
  void aPerfectPredictionOfTheNoiseChangesNothing() {
    NDArray same = niVsds.animate((x, t) -> noise.duplicate(), latent, noise, NiVsds.PAPER, StepListener.NONE);
    assertThat(same.toFloatArray()).isEqualTo(latent.toFloatArray());
  }

  @Test
  void theSameInputsGiveTheSameBits() {
    NDArray first = niVsds.animate(denoiser, latent, noise, NiVsds.CODE, StepListener.NONE);
    NDArray second = niVsds.animate(denoiser, latent, noise, NiVsds.CODE, StepListener.NONE);
    assertThat(first.toFloatArray()).isEqualTo(second.toFloatArray());
  }

  @Test
  void noiseOfAnotherShapeIsRefused() {
    NDArray one = noise.get("0:1");
    assertThatThrownBy(() -> niVsds.animate(denoiser, latent, one, NiVsds.CODE, StepListener.NONE))
        .hasMessageContaining("(1, 4, 2, 2)").hasMessageContaining("(3, 4, 2, 2)");
  }

  @Test
  void tellsEveryStepWithItsTimestep() {
    List<String> told = new ArrayList<>();
    niVsds.animate(denoiser, latent, noise, new double[] {961, 921}, StepSizes.of(1),
        (step, steps, timestep, v) -> told.add(step + "/" + steps + " t=" + timestep + " " + v.getShape()));
    assertThat(told).containsExactly("1/2 t=961.0 (3, 4, 2, 2)", "2/2 t=921.0 (3, 4, 2, 2)");
  }
}
