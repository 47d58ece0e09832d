// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads the keys of a diffusers {@code scheduler_config.json}, with the defaults of the sampler that it names. */
final class SchedulerReader {

  private static final String CLASS = "_class_name";
  private static final String CLIP = "clip_sample";

  /** The keys that are read. */
  private static final Set<String> READ = Set.of(CLASS, "num_train_timesteps", "beta_start", "beta_end",
      "beta_schedule", "trained_betas", "rescale_betas_zero_snr", "steps_offset", CLIP, "clip_sample_range",
      "set_alpha_to_one", "prediction_type", "timestep_spacing", "variance_type", "use_karras_sigmas",
      "final_sigmas_type", "solver_order", "solver_type", "lower_order_final", "euler_at_final",
      "original_inference_steps", "timestep_scaling");
  /** Keys with one value that this build can do. */
  static final Map<String, Object> ONLY = Map.ofEntries(Map.entry("thresholding", false),
      Map.entry("use_exponential_sigmas", false), Map.entry("use_beta_sigmas", false),
      Map.entry("use_lu_lambdas", false), Map.entry("use_flow_sigmas", false),
      Map.entry("use_dynamic_shifting", false), Map.entry("interpolation_type", "linear"),
      Map.entry("timestep_type", "discrete"), Map.entry("algorithm_type", "dpmsolver++"),
      Map.entry("predict_x0", true), Map.entry("disable_corrector", List.of()),
      Map.entry("lambda_min_clipped", Double.NEGATIVE_INFINITY));
  /** Keys that must not have a value. */
  static final Set<String> NONE = Set.of("sigma_min", "sigma_max", "solver_p", "shift_terminal");
  /** Keys of published configurations that change nothing here. */
  private static final Set<String> WITHOUT_EFFECT = Set.of("_diffusers_version", "skip_prk_steps",
      "dynamic_thresholding_ratio", "sample_max_value", "flow_shift", "time_shift_type");

  private final SchedulerFields fields;
  private final SamplerKind sampler;
  private final boolean replaced;
  private final List<String> notes;

  private SchedulerReader(Map<String, ?> values, List<String> notes) {
    fields = new SchedulerFields(values);
    this.notes = new ArrayList<>(notes);
    String wanted = fields.text(CLASS, SamplerKind.DDIM.className());
    Optional<SamplerKind> known = SamplerKind.ofClass(wanted);
    sampler = known.orElse(SamplerKind.DDIM);
    replaced = known.isEmpty();
    if (replaced) {
      this.notes.add("its scheduler was saved as %s, which i4vgen does not have; it is sampled by %s instead (%s)"
          .formatted(wanted, sampler.key(), "there are " + SamplerKind.names()));
    }
  }

  /** Refuses what is not here. */
  static SchedulerConfig strict(Map<String, ?> values) {
    Set<String> known = known();
    values.keySet().stream().filter(key -> !known.contains(key)).findFirst().ifPresent(key -> {
      throw new IllegalArgumentException("scheduler: unknown key " + key + "; known are " + known);
    });
    return read(values, List.of());
  }

  /** @param notes what the user should know of how these values came about */
  static SchedulerConfig read(Map<String, ?> values, List<String> notes) {
    return new SchedulerReader(values, notes).config();
  }

  /** All keys that mean something here, or are known to mean nothing. */
  static Set<String> known() {
    Set<String> keys = new TreeSet<>(READ);
    keys.addAll(ONLY.keySet());
    keys.addAll(NONE);
    keys.addAll(WITHOUT_EFFECT);
    return keys;
  }

  private SchedulerConfig config() {
    ONLY.forEach(fields::onlyAs);
    NONE.forEach(fields::absent);
    boolean lcm = sampler == SamplerKind.LCM;
    return new SchedulerConfig(
        fields.integer("num_train_timesteps", 1000),
        fields.number("beta_start", lcm ? 0.00085 : 0.0001),
        fields.number("beta_end", lcm ? 0.012 : 0.02),
        fields.choice("beta_schedule", lcm ? BetaSchedule.SCALED_LINEAR : BetaSchedule.LINEAR),
        fields.numbers("trained_betas"),
        fields.flag("rescale_betas_zero_snr", false),
        fields.integer("steps_offset", 0),
        fields.flag(CLIP, clips()),
        fields.number("clip_sample_range", 1),
        fields.flag("set_alpha_to_one", true),
        fields.choice("prediction_type", PredictionType.EPSILON),
        fields.choice("timestep_spacing", spacing()),
        fields.choice("variance_type", Ddpm.Variance.FIXED_SMALL),
        sampler, solver(), notes);
  }

  /** DDIM and DDPM clip if nothing is said; samplers that never do don't say so, and those that are replaced. */
  private boolean clips() {
    return !replaced && (sampler == SamplerKind.DDIM || sampler == SamplerKind.DDPM);
  }

  private TimestepSpacing spacing() {
    return switch (sampler) {
      case DDIM, DDPM, LCM -> TimestepSpacing.LEADING;
      case EULER, EULER_ANCESTRAL, DPM_SOLVER, UNIPC -> TimestepSpacing.LINSPACE;
    };
  }

  private SolverOptions solver() {
    return new SolverOptions(fields.flag("use_karras_sigmas", false),
        fields.choice("final_sigmas_type", SolverOptions.LastSigma.ZERO),
        fields.integer("solver_order", 2),
        fields.choice("solver_type", sampler == SamplerKind.UNIPC ? SolverOptions.Type.BH2
            : SolverOptions.Type.MIDPOINT),
        fields.flag("lower_order_final", true), fields.flag("euler_at_final", false),
        fields.integer("original_inference_steps", 50), fields.number("timestep_scaling", 10));
  }
}
