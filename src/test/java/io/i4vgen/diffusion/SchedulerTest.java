// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchedulerTest extends WithMemory {

  private static final Shape SHAPE = new Shape(3, 4, 2, 2);

  private final NDArray latent = new TorchRandom(1).normal(manager, SHAPE);
  private final NDArray output = new TorchRandom(2).normal(manager, SHAPE);

  @Test
  void moreStepsThanTrainingTimestepsAreRefused() {
    assertThatThrownBy(() -> new Ddim(config(), 1001, 0)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("steps 1001").hasMessageContaining("num_train_timesteps 1000");
    assertThatThrownBy(() -> new Ddpm(config(), 0)).hasMessageContaining("steps 0");
  }

  @Test
  void anOffsetThatLeavesTheTrainingTimestepsIsRefused() {
    assertThat(new Ddim(config(), 1000, 0).timesteps()).startsWith(999, 998).endsWith(1, 0);
    assertThatThrownBy(() -> new Ddim(config("steps_offset", 1), 1000, 0))
        .hasMessageContaining("start at timestep 1000").hasMessageContaining("steps_offset 1");
  }

  @Test
  void stepsThatDoNotDivideTheTrainingTimestepsGiveTheGridsOfDiffusers() {
    assertThat(new Ddim(config(), 7, 0).timesteps()).containsExactly(852, 710, 568, 426, 284, 142, 0);
    assertThat(new Ddim(config("steps_offset", 1), 7, 0).timesteps()).startsWith(853).endsWith(1);
    assertThat(new Ddim(config("timestep_spacing", "trailing"), 7, 0).timesteps())
        .containsExactly(999, 856, 713, 570, 428, 285, 142);
    assertThat(new Ddim(config("timestep_spacing", "linspace"), 7, 0).timesteps())
        .containsExactly(999, 832, 666, 500, 333, 166, 0);
    assertThat(new Ddim(config("timestep_spacing", "linspace"), 1, 0).timesteps()).containsExactly(0);
  }

  @Test
  void theGridHandedOutIsACopy() {
    Ddim ddim = new Ddim(config(), 4, 0);
    ddim.timesteps()[0] = -1;
    assertThat(ddim.timesteps()).containsExactly(750, 500, 250, 0);
  }

  @Test
  void aPerfectPredictionLeadsDdimBackToTheCleanLatent() {
    Ddim ddim = new Ddim(config(), 10, 0);
    NDArray clean = latent;
    NDArray noised = ddim.addNoise(clean, output, ddim.timesteps()[0]);
    NDArray result = Sampler.denoise((x, t) -> output.duplicate(), ddim, noised, 0, NoiseSource.NONE,
        StepListener.NONE);
    assertThat(largestDifference(result, clean)).isLessThan(1e-3f);
  }

  @Test
  void velocityAndNoisePredictionsOfTheSameModelGiveTheSameStep() {
    Ddim noise = new Ddim(config(), 10, 0);
    Ddim velocity = new Ddim(config("prediction_type", "v_prediction"), 10, 0);
    double t = noise.timesteps()[3];
    double alphaBar = noise.schedule().alphaBar(t);
    NDArray x0 = noise.original(output, 3, latent);
    NDArray v = output.mul(Math.sqrt(alphaBar)).sub(x0.mul(Math.sqrt(1 - alphaBar)));
    assertThat(largestDifference(velocity.step(v, 3, latent, NoiseSource.NONE),
        noise.step(output, 3, latent, NoiseSource.NONE))).isLessThan(1e-4f);
    assertThat(largestDifference(velocity.epsilon(v, t, latent), output)).isLessThan(1e-4f);
  }

  @Test
  void ddimWithEtaOneDrawsWithTheVarianceOfDdpm() {
    NoiseSource ones = (m, shape) -> m.ones(shape);
    Ddim ddim = new Ddim(config(), 10, 1);
    NDArray with = ddim.step(output, 4, latent, ones);
    NDArray without = ddim.step(output, 4, latent, (m, shape) -> m.zeros(shape));
    Ddpm ddpm = new Ddpm(config(), 10);
    assertThat(largestDifference(with, ddpm.step(output, 4, latent, ones))).isLessThan(1e-4f);
    assertThat(largestDifference(without, with)).isGreaterThan(0.1f);
  }

  @Test
  void ddimWithoutEtaAsksForNoNoiseAndDdpmDoesUntilTimestepZero() {
    new Ddim(config(), 10, 0).step(output, 4, latent, NoiseSource.NONE);
    Ddpm ddpm = new Ddpm(config(), 10);
    ddpm.step(output, 9, latent, NoiseSource.NONE);
    assertThatThrownBy(() -> ddpm.step(output, 8, latent, NoiseSource.NONE))
        .isInstanceOf(IllegalStateException.class).hasMessageContaining("draws noise");
  }

  @Test
  void theLastStepOfEulerAncestralEndsWithoutNoiseWhateverOtherSamplersDo() {
    EulerAncestral ancestral = new EulerAncestral(config("final_sigmas_type", "sigma_min"), 10);
    assertThat(ancestral.step(output, 9, latent, NoiseSource.NONE))
        .isEqualTo(new EulerAncestral(config(), 10).step(output, 9, latent, NoiseSource.NONE));
    assertThat(new Euler(config("final_sigmas_type", "sigma_min"), 10).alphaBar(10)).isLessThan(1);
  }

  @Test
  void clippingBoundsTheCleanLatent() {
    Ddim ddim = new Ddim(config("clip_sample", true, "clip_sample_range", 0.5), 10, 0);
    assertThat(ddim.original(output, 0, latent).abs().max().getFloat()).isEqualTo(0.5f);
  }

  @Test
  void everyBetaScheduleStaysBetweenItsBounds() {
    for (String name : List.of("linear", "scaled_linear", "squaredcos_cap_v2")) {
      NoiseSchedule schedule = NoiseSchedule.of(config("beta_schedule", name));
      float[] betas = schedule.betas();
      assertThat(betas).as(name).hasSize(1000);
      for (int i = 1; i < betas.length; i++) {
        assertThat(betas[i]).as(name).isBetween(betas[i - 1] * 0.999f, 0.999f);
      }
      assertThat(schedule.alphaBar(999)).as(name).isBetween(0.0, 0.01);
    }
  }

  @Test
  void theScaledLinearScheduleIsStableDiffusions() {
    NoiseSchedule schedule = NoiseSchedule.of(config("beta_schedule", "scaled_linear"));
    float[] betas = schedule.betas();
    assertThat(betas[1]).isCloseTo(0.0008546985919f, within(1e-10f)); // from a published checkpoint's buffers
    assertThat(betas[998]).isCloseTo(0.011982374825f, within(2e-9f));
    assertThat(schedule.alphaBar(2)).isCloseTo(0.9974380731583, within(1e-7));
    assertThat(schedule.alphaBar(999)).isCloseTo(0.0046601002105, within(1e-8));
  }

  @Test
  void trainedBetasReplaceTheSchedule() {
    NoiseSchedule schedule =
        NoiseSchedule.of(config("num_train_timesteps", 3, "trained_betas", List.of(0.5, 0.5, 0.75)));
    assertThat(schedule.alphaBars()).containsExactly(0.5f, 0.25f, 0.0625f);
    assertThatThrownBy(() -> config("trained_betas", List.of(0.5)))
        .hasMessageContaining("trained_betas").hasMessageContaining("1000");
  }

  @Test
  void aTimestepOutsideTheScheduleIsRefused() {
    assertThatThrownBy(() -> new Ddim(config(), 5, 0).addNoise(latent, output, 1000))
        .hasMessageContaining("timestep 1000.0 must be between 0 and 999");
  }

  @Test
  void aConfigurationThatCannotBeIsRefusedWithItsKey() {
    assertThatThrownBy(() -> config("beta_start", 0)).hasMessageContaining("beta_start 0.0");
    assertThatThrownBy(() -> config("prediction_type", "flow")).hasMessageContaining("prediction_type flow")
        .hasMessageContaining("epsilon");
    assertThatThrownBy(() -> config("beta_shedule", "linear")).hasMessageContaining("unknown key beta_shedule");
    assertThatThrownBy(() -> config("thresholding", true)).hasMessageContaining("thresholding");
    assertThatThrownBy(() -> config("steps_offset", "one")).hasMessageContaining("steps_offset one");
    assertThatThrownBy(() -> config("steps_offset", 0.5)).hasMessageContaining("whole number");
    assertThatThrownBy(() -> new Ddim(config(), 5, 1.5)).hasMessageContaining("eta 1.5");
  }

  @Test
  void aPublishedConfigurationIsReadAsItIs() {
    Map<String, Object> published = new HashMap<>(Map.of("_class_name", "PNDMScheduler", "skip_prk_steps", true,
        "num_train_timesteps", 1000, "beta_schedule", "scaled_linear", "set_alpha_to_one", false));
    published.put("trained_betas", null);
    SchedulerConfig config = SchedulerConfig.ofPublished(published);
    assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
    assertThat(config.setAlphaToOne()).isFalse();
    assertThat(config).isEqualTo(config.withStepsOffset(3).withStepsOffset(0));
  }

  @Test
  void denoisingFromTheEndChangesNothing() {
    Ddim ddim = new Ddim(config(), 5, 0);
    NDArray result = Sampler.denoise((x, t) -> x.zerosLike(), ddim, latent, 5, NoiseSource.NONE, StepListener.NONE);
    assertThat(result.toFloatArray()).isEqualTo(latent.toFloatArray());
    assertThatThrownBy(() -> Sampler.denoise((x, t) -> x, ddim, latent, 6, NoiseSource.NONE, StepListener.NONE))
        .hasMessageContaining("fromIndex 6");
  }

  @Test
  void strengthIsTheShareOfStepsRun() {
    assertThat(Regeneration.startIndex(25, 1)).isZero();
    assertThat(Regeneration.startIndex(25, 0)).isEqualTo(25);
    assertThat(Regeneration.startIndex(50, 0.8)).isEqualTo(10);
    assertThat(Regeneration.startIndex(25, 0.03)).isEqualTo(25);
    assertThatThrownBy(() -> Regeneration.startIndex(25, 1.1)).hasMessageContaining("strength 1.1");
    assertThatThrownBy(() -> Regeneration.startIndex(25, Double.NaN)).hasMessageContaining("strength NaN");
  }

  @Test
  void aStrengthOfZeroLeavesTheVideoWithoutNoise() {
    Ddim ddim = new Ddim(config(), 5, 0);
    assertThat(Regeneration.noised(ddim, latent, output, 5).toFloatArray()).isEqualTo(latent.toFloatArray());
    assertThat(Regeneration.noised(ddim, latent, output, 2).toFloatArray())
        .isEqualTo(ddim.addNoise(latent, output, ddim.timesteps()[2]).toFloatArray());
  }

  static SchedulerConfig config(Object... more) {
    Map<String, Object> values = new HashMap<>(Map.of("beta_start", 0.00085, "beta_end", 0.012, "clip_sample", false));
    for (int i = 0; i < more.length; i += 2) {
      values.put((String) more[i], more[i + 1]);
    }
    return SchedulerConfig.of(Collections.unmodifiableMap(values));
  }

  static float largestDifference(NDArray a, NDArray b) {
    return a.sub(b).abs().max().getFloat();
  }
}
