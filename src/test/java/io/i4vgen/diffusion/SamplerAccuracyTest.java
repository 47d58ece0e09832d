// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Samplers on data of which everything is known: normal numbers with mean and deviation. The model is exact, and so is
 * the end of every path of the probability flow: the share of the deviation that a state is away from the mean stays.
 */
class SamplerAccuracyTest extends WithMemory {

  private static final double MEAN = 0.7;
  private static final double DEVIATION = 0.4;
  private static final Shape SHAPE = new Shape(4, 4, 8, 8);

  private final NDArray noise = new TorchRandom(3).normal(manager, SHAPE);

  private static Scheduler scheduler(SamplerKind kind, int steps, Object... more) {
    return kind.scheduler(SchedulerTest.config(more), steps, 0);
  }

  /** The expected noise, given the state. */
  private static Denoiser model(Scheduler scheduler) {
    return (x, t) -> {
      double alphaBar = scheduler.schedule().alphaBar(t);
      return x.sub(MEAN * Math.sqrt(alphaBar)).mul(Math.sqrt(1 - alphaBar) / variance(alphaBar));
    };
  }

  private static double variance(double alphaBar) {
    return alphaBar * DEVIATION * DEVIATION + 1 - alphaBar;
  }

  private NDArray sample(Scheduler scheduler, int from, NDArray start) {
    return Sampler.denoise(model(scheduler), scheduler, start, from, new TorchRandom(4), StepListener.NONE);
  }

  /** The state at alphaBar {@code to} on the path through {@code x}, a state at alphaBar {@code from}. */
  private static NDArray onPath(NDArray x, double from, double to) {
    NDArray away = x.sub(MEAN * Math.sqrt(from)).div(Math.sqrt(variance(from)));
    return away.mul(Math.sqrt(variance(to))).add(MEAN * Math.sqrt(to));
  }

  /** How far from the end of the path it ends, root mean square. */
  private double error(Scheduler scheduler, double end) {
    NDArray exact = onPath(noise, scheduler.alphaBar(0), end);
    return Math.sqrt(sample(scheduler, 0, noise).sub(exact).square().mean().getFloat());
  }

  /** On the noise levels of Karras et al., where the last step, which is of first order with all, hardly counts. */
  private double error(SamplerKind kind, int steps) {
    return error(scheduler(kind, steps, "use_karras_sigmas", true), 1);
  }

  @Test
  void tenStepsOfASecondOrderSolverComeNearerThanTwentyFiveOfEuler() {
    assertThat(error(SamplerKind.EULER, 10)).isBetween(0.05, 0.1);
    for (SamplerKind kind : List.of(SamplerKind.DPM_SOLVER, SamplerKind.UNIPC)) {
      assertThat(error(kind, 10)).as(kind.key()).isLessThan(error(SamplerKind.EULER, 10) / 2.5)
          .isLessThan(error(SamplerKind.EULER, 25));
      assertThat(error(kind, 20)).as(kind.key()).isLessThan(error(SamplerKind.EULER, 100));
    }
  }

  /** To the noise of timestep 0, so that there is no last step of first order. */
  private double shrinking(SamplerKind kind) {
    Scheduler coarse = scheduler(kind, 40, "use_karras_sigmas", true, "final_sigmas_type", "sigma_min");
    Scheduler fine = scheduler(kind, 80, "use_karras_sigmas", true, "final_sigmas_type", "sigma_min");
    double end = fine.schedule().alphaBar(0);
    return error(coarse, end) / error(fine, end);
  }

  @Test
  void halfTheStepIsHalfTheErrorOfEulerAndAQuarterOrLessOfTheSolvers() {
    assertThat(shrinking(SamplerKind.EULER)).isBetween(1.9, 2.1);
    assertThat(shrinking(SamplerKind.DPM_SOLVER)).isBetween(3.8, 4.6);
    assertThat(shrinking(SamplerKind.UNIPC)).isGreaterThan(6);
  }

  @Test
  void onTheSameGridEulerIsDdim() {
    Object[] same = {"timestep_spacing", "trailing"};
    NDArray ddim = sample(scheduler(SamplerKind.DDIM, 8, same), 0, noise);
    NDArray euler = sample(scheduler(SamplerKind.EULER, 8, same), 0, noise);
    assertThat(SchedulerTest.largestDifference(ddim, euler)).isLessThan(1e-5f);
  }

  @ParameterizedTest
  @EnumSource(value = SamplerKind.class, names = {"DDIM", "EULER", "DPM_SOLVER", "UNIPC"})
  void aRunFromTheMiddleOfTheGridFollowsThePathFromThere(SamplerKind kind) {
    Scheduler scheduler = scheduler(kind, 60, "timestep_spacing", "trailing");
    NDArray exact = onPath(noise, scheduler.alphaBar(0), 1);
    NDArray middle = onPath(noise, scheduler.alphaBar(0), scheduler.alphaBar(30));
    NDArray end = sample(scheduler, 30, middle);
    assertThat(SchedulerTest.largestDifference(middle, exact)).isGreaterThan(0.5f);
    assertThat(SchedulerTest.largestDifference(end, exact)).isLessThan(0.12f);
  }

  @ParameterizedTest
  @EnumSource(SamplerKind.class)
  void aRunGoesOnAfterAHaltWithNothingButTheLatentAndTheNoise(SamplerKind kind) {
    Scheduler scheduler = scheduler(kind, 8, "timestep_spacing", "trailing");
    NDArray whole = Sampler.denoise(model(scheduler), scheduler, noise, 0, new TorchRandom(4), StepListener.NONE);
    NoiseSource source = new TorchRandom(4);
    float[][] halted = new float[1][];
    Sampler.denoise(model(scheduler), scheduler, noise, 0, source, (step, of, t, latent) -> {
      halted[0] = step == 4 ? latent.toFloatArray() : halted[0];
    });
    NoiseSource later = new TorchRandom(4);
    for (int i = 0; i < 4; i++) {
      later.draw(manager, SHAPE);
    }
    NDArray resumed =
        Sampler.denoise(model(scheduler), scheduler, manager.create(halted[0], SHAPE), 4, later, StepListener.NONE);
    float lost = SchedulerTest.largestDifference(whole, resumed);
    if (kind == SamplerKind.DPM_SOLVER || kind == SamplerKind.UNIPC) {
      assertThat(lost).as("one step of first order instead of second").isBetween(1e-4f, 0.15f);
    } else {
      assertThat(lost).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(value = SamplerKind.class, names = {"DDPM", "EULER_ANCESTRAL"})
  void ancestralSamplersGiveTheDistributionOfTheData(SamplerKind kind) {
    NDArray end = sample(scheduler(kind, 200, "timestep_spacing", "trailing"), 0, noise);
    double mean = end.mean().getFloat();
    assertThat(mean).isCloseTo(MEAN, within(0.05));
    assertThat(Math.sqrt(end.sub(mean).square().mean().getFloat())).isCloseTo(DEVIATION, within(0.04));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 8})
  void aConsistencyModelGivesTheDistributionOfTheDataInAFewSteps(int steps) {
    Scheduler lcm = scheduler(SamplerKind.LCM, steps, "prediction_type", "sample");
    Denoiser consistent = (x, t) -> onPath(x, lcm.schedule().alphaBar(t), 1);
    NDArray end = Sampler.denoise(consistent, lcm, noise, 0, new TorchRandom(4), StepListener.NONE);
    double mean = end.mean().getFloat();
    assertThat(mean).isCloseTo(MEAN, within(0.05));
    assertThat(Math.sqrt(end.sub(mean).square().mean().getFloat())).isCloseTo(DEVIATION, within(0.03));
  }
}
