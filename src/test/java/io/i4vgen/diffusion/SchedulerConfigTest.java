// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a scheduler_config.json may say to the samplers. Its defaults are compared in {@link SamplerTraceTest}. */
class SchedulerConfigTest {

  private static SchedulerConfig named(String className, Object... more) {
    Map<String, Object> values = new HashMap<>(Map.of("_class_name", className));
    for (int i = 0; i < more.length; i += 2) {
      values.put((String) more[i], more[i + 1]);
    }
    return SchedulerConfig.of(values);
  }

  @ParameterizedTest
  @CsvSource({"thresholding, true", "use_exponential_sigmas, true",
      "use_beta_sigmas, true", "use_lu_lambdas, true", "use_flow_sigmas, true", "algorithm_type, sde-dpmsolver++",
      "interpolation_type, log_linear", "timestep_type, continuous", "predict_x0, false", "sigma_min, 0.1",
      "sigma_max, 10", "solver_order, 4", "solver_type, logrho", "final_sigmas_type, half", "timestep_scaling, 0",
      "original_inference_steps, 0", "prediction_type, flow_prediction", "variance_type, learned",
      "timestep_spacing, evenly"})
  void whatThisBuildDoesNotHaveIsRefusedWithKeyAndValue(String key, String text) {
    Object value = text.matches("true|false") ? (Object) Boolean.valueOf(text)
        : text.matches("[0-9.]+") ? (Object) Double.valueOf(text) : text;
    assertThatThrownBy(() -> named("DPMSolverMultistepScheduler", key, value))
        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("scheduler: " + key + " " + text);
  }

  @Test
  void optionsOfOneSamplerAreRefusedByThoseThatDoNotHaveThem() {
    SchedulerConfig karras = named("EulerDiscreteScheduler", "use_karras_sigmas", true);
    for (SamplerKind kind : List.of(SamplerKind.EULER, SamplerKind.DPM_SOLVER, SamplerKind.UNIPC)) {
      assertThat(kind.scheduler(karras, 4, 0).steps()).isEqualTo(4);
    }
    for (SamplerKind kind : List.of(SamplerKind.DDIM, SamplerKind.DDPM, SamplerKind.EULER_ANCESTRAL, SamplerKind.LCM)) {
      assertThatThrownBy(() -> kind.scheduler(karras, 4, 0)).hasMessageContaining(
          "sampler " + kind.key() + " has no use_karras_sigmas");
    }
    SchedulerConfig third = named("UniPCMultistepScheduler", "solver_order", 3);
    assertThat(SamplerKind.UNIPC.scheduler(third, 4, 0).steps()).isEqualTo(4);
    assertThatThrownBy(() -> SamplerKind.DPM_SOLVER.scheduler(third, 4, 0))
        .hasMessageContaining("solver_order 3 must be 1 or 2 with dpm-solver++");
    assertThatThrownBy(() -> SamplerKind.UNIPC.scheduler(
        named("UniPCMultistepScheduler", "lower_order_final", false), 4, 0)).hasMessageContaining("lower_order_final");
    assertThatThrownBy(() -> SamplerKind.LCM.scheduler(named("LCMScheduler", "original_inference_steps", 2000), 4, 0))
        .hasMessageContaining("original_inference_steps 2000 must be at most num_train_timesteps 1000");
  }

  @Test
  void epsilonIsRefusedWhereNothingIsLeftOfTheLatent() {
    Map<String, Object> zero = Map.of("rescale_betas_zero_snr", true, "timestep_spacing", "trailing");
    assertThat(NoiseSchedule.of(SchedulerConfig.of(zero)).alphaBar(999)).isZero();
    for (SamplerKind kind : List.of(SamplerKind.DDIM, SamplerKind.DDPM, SamplerKind.LCM)) {
      assertThatThrownBy(() -> kind.scheduler(SchedulerConfig.of(zero), 4, 0)).hasMessageContaining(
          "prediction_type epsilon must be v_prediction or sample").hasMessageContaining("timestep 999");
    }
    assertThat(SamplerKind.DDIM.scheduler(named("DDIMScheduler", "rescale_betas_zero_snr", true), 4, 0).steps())
        .as("a grid without the last timestep").isEqualTo(4);
  }

  @Test
  void onlyWhereNothingIsLeftIsThereALimitToTheNoise() {
    NoiseSchedule cosine = NoiseSchedule.of(SchedulerConfig.of(Map.of("beta_schedule", "squaredcos_cap_v2")));
    assertThat(cosine.sigma(999)).isGreaterThan(20000).isEqualTo(
        Math.sqrt((1 - cosine.alphaBar(999)) / cosine.alphaBar(999)));
    assertThat(NoiseSchedule.of(SchedulerConfig.of(Map.of("rescale_betas_zero_snr", true))).sigma(999))
        .isEqualTo(Math.sqrt(0x1p24 - 1));
  }

  @Test
  void aSamplerThatIsNotHereIsReplacedAndANewKeyReported() {
    SchedulerConfig heun = SchedulerConfig.ofPublished(Map.of("_class_name", "HeunDiscreteScheduler", "beta_end", 0.012,
        "brand_new", 1));
    assertThat(heun.sampler()).isEqualTo(SamplerKind.DDIM);
    assertThat(heun.clipSample()).isFalse();
    assertThat(heun.betaEnd()).isEqualTo(0.012);
    assertThat(heun.notes()).hasSize(2).anySatisfy(note -> assertThat(note).contains("saved as HeunDiscreteScheduler",
        "sampled by ddim", "dpm-solver++")).anySatisfy(note -> assertThat(note).contains("unknown", "brand_new"));
    assertThat(SchedulerConfig.ofPublished(Map.of("_class_name", "DDIMScheduler", "brand_new", 1)).clipSample())
        .isTrue();
    assertThatThrownBy(() -> SchedulerConfig.of(Map.of("brand_new", 1))).hasMessageContaining("unknown key brand_new");
  }

  @Test
  void distilledModelsGetTheirTimesteps() {
    SchedulerConfig lcm = named("LCMScheduler", "beta_schedule", "linear");
    assertThat(lcm.sampler().scheduler(lcm, 4, 0).timesteps()).containsExactly(999, 759, 499, 259);
    assertThat(lcm.sampler().scheduler(lcm, 6, 0).timesteps()).containsExactly(999, 839, 679, 499, 339, 179);
    SchedulerConfig lightning = named("EulerDiscreteScheduler", "timestep_spacing", "trailing");
    assertThat(lightning.sampler().scheduler(lightning, 4, 0).timesteps()).containsExactly(999, 749, 499, 249);
    assertThat(lightning.sampler().scheduler(lightning, 2, 0).timesteps()).containsExactly(999, 499);
  }

  @Test
  void eulerGoesBetweenTheTimestepsWhereItsGridIsEven() {
    Scheduler euler = SamplerKind.EULER.scheduler(named("EulerDiscreteScheduler"), 25, 0);
    assertThat(euler.timesteps()).startsWith(999, 957.375).endsWith(41.625, 0);
    double between = euler.schedule().alphaBar(957.375);
    assertThat(between).isBetween(euler.schedule().alphaBar(958), euler.schedule().alphaBar(957));
    assertThat(euler.schedule().sigma(1.5)).isEqualTo(
        (euler.schedule().sigma(1) + euler.schedule().sigma(2)) / 2);
  }

  @Test
  void everySamplerHasItsOwnNameAndClass() {
    assertThat(Arrays.stream(SamplerKind.values()).map(SamplerKind::key)).doesNotHaveDuplicates()
        .allSatisfy(key -> assertThat(SamplerKind.named(key).orElseThrow().key()).isEqualTo(key));
    assertThat(SamplerKind.named("DDIM")).isEmpty();
  }
}
