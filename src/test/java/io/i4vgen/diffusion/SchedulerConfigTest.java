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

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "DEISMultistepScheduler       | algorithm_type: deis, solver_type: logrho, use_karras_sigmas: true",
      "SASolverScheduler            | algorithm_type: data_prediction, predictor_order: 2, thresholding: true",
      "DPMSolverSinglestepScheduler | algorithm_type: sde-dpmsolver++, lambda_min_clipped: -5.1, solver_order: 3",
      "TCDScheduler                 | thresholding: true, timestep_scaling: -1",
      "KDPM2DiscreteScheduler       | use_exponential_sigmas: true, use_beta_sigmas: true"})
  void aReplacedSamplersOwnOptionsDoNotCount(String className, String more) {
    Map<String, Object> values = values(more);
    values.putAll(Map.of("_class_name", className, "beta_start", 0.00085, "beta_end", 0.012, "beta_schedule",
        "scaled_linear", "prediction_type", "v_prediction", "timestep_spacing", "trailing", "steps_offset", 1,
        "num_train_timesteps", 900));
    SchedulerConfig config = SchedulerConfig.ofPublished(values);
    assertThat(config).extracting(SchedulerConfig::sampler, SchedulerConfig::betaSchedule,
        SchedulerConfig::predictionType, SchedulerConfig::timestepSpacing, SchedulerConfig::stepsOffset,
        SchedulerConfig::trainTimesteps, SchedulerConfig::clipSample).containsExactly(SamplerKind.DDIM,
        BetaSchedule.SCALED_LINEAR, PredictionType.V_PREDICTION, TimestepSpacing.TRAILING, 1, 900, false);
    assertThat(config.notes()).last().asString().contains("saved as " + className, "sampled by ddim instead");
    assertThat(SamplerKind.DDIM.scheduler(config, 4, 0).steps()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "DDIMScheduler | ddim | thresholding: true, use_karras_sigmas: true",
      "DDPMScheduler | ddpm | thresholding: true, variance_type: fixed_small_log",
      "EulerDiscreteScheduler | euler | use_exponential_sigmas: true, sigma_max: 700, sigma_min: 0.002",
      "EulerDiscreteScheduler | euler | use_beta_sigmas: true, interpolation_type: log_linear",
      "DPMSolverMultistepScheduler | dpm-solver++ | algorithm_type: sde-dpmsolver++, solver_order: 3",
      "DPMSolverMultistepScheduler | dpm-solver++ | use_lu_lambdas: true, lambda_min_clipped: -5, solver_type: logrho",
      "UniPCMultistepScheduler | unipc | predict_x0: false, lower_order_final: false"})
  void anOptionThatASamplerDoesNotHaveIsLeftOutAndReported(String className, String key, String options) {
    Map<String, Object> values = values(options);
    values.put("_class_name", className);
    assertThatThrownBy(() -> SamplerKind.named(key).orElseThrow().scheduler(SchedulerConfig.of(values), 4, 0))
        .as("a pack's own").isInstanceOf(IllegalArgumentException.class);
    SchedulerConfig config = SchedulerConfig.ofPublished(values);
    assertThat(config.sampler().key()).isEqualTo(key);
    assertThat(config.notes()).singleElement().asString().startsWith("its scheduler asks for what i4vgen's " + key
        + " does not have, and is sampled without: ").contains(options.replace(":", "").split(", "));
    assertThat(config.sampler().scheduler(config, 4, 0).steps()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "EDMEulerScheduler | sigma_data: 0.5, sigma_max: 80 | _class_name EDMEulerScheduler is for models",
      "CosineDPMSolverScheduler | sigma_data: 1, beta_start: 0.1 | _class_name CosineDPMSolverScheduler is for",
      "FlowMatchEulerDiscreteScheduler | shift: 1 | noise of beta_end, beta_schedule, beta_start",
      "IPNDMScheduler | num_train_timesteps: 1000 | _class_name IPNDMScheduler is for models",
      "UniPCMultistepScheduler | use_flow_sigmas: true | use_flow_sigmas true is for models",
      "DPMSolverMultistepScheduler | variance_type: learned_range | variance_type learned_range is for models",
      "EulerDiscreteScheduler | timestep_type: continuous | timestep_type continuous is for models",
      "DEISMultistepScheduler | beta_end: 0.02, prediction_type: flow_prediction | flow_prediction must be"})
  void theSchedulerOfAnotherKindOfModelIsRefused(String className, String options, String message) {
    Map<String, Object> values = values(options);
    values.put("_class_name", className);
    assertThatThrownBy(() -> SchedulerConfig.ofPublished(values)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("scheduler: ").hasMessageContaining(message);
  }

  private static Map<String, Object> values(String text) {
    Map<String, Object> values = new HashMap<>();
    for (String entry : text.split(", ")) {
      String value = entry.split(": ")[1];
      values.put(entry.split(": ")[0], value.matches("true|false") ? (Object) Boolean.valueOf(value)
          : value.matches("-?[0-9]+") ? (Object) Integer.valueOf(value)
          : value.matches("-?[0-9.]+") ? (Object) Double.valueOf(value) : value);
    }
    return values;
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
