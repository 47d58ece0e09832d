// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The noise schedule a model was trained with and how it is sampled: the fields of a diffusers
 * {@code scheduler_config.json}, with that library's defaults, which depend on the sampler.
 *
 * @param trainTimesteps {@code num_train_timesteps}, the T of the papers
 * @param betaStart {@code beta_start}, in (0, 1)
 * @param betaEnd {@code beta_end}, in (0, 1)
 * @param betaSchedule {@code beta_schedule}
 * @param trainedBetas {@code trained_betas}: used instead of the three above unless empty
 * @param zeroTerminalSnr {@code rescale_betas_zero_snr}: the betas are changed so that nothing is left at the last
 *     timestep
 * @param stepsOffset {@code steps_offset}, added to every timestep of the leading grid
 * @param clipSample {@code clip_sample}: whether the predicted clean latent is clipped
 * @param clipSampleRange {@code clip_sample_range}: to which absolute value
 * @param setAlphaToOne {@code set_alpha_to_one}: DDIM's alphaBar past the last step is 1, not that of timestep 0
 * @param predictionType {@code prediction_type}
 * @param timestepSpacing {@code timestep_spacing}
 * @param variance {@code variance_type}, DDPM's only
 * @param sampler {@code _class_name}: by which sampler, if nobody says otherwise
 * @param solver what only some samplers know
 * @param notes what is not done as the configuration says, in words for the user
 */
public record SchedulerConfig(int trainTimesteps, double betaStart, double betaEnd, BetaSchedule betaSchedule,
    List<Double> trainedBetas, boolean zeroTerminalSnr, int stepsOffset, boolean clipSample, double clipSampleRange,
    boolean setAlphaToOne, PredictionType predictionType, TimestepSpacing timestepSpacing, Ddpm.Variance variance,
    SamplerKind sampler, SolverOptions solver, List<String> notes) {

  public SchedulerConfig {
    require(trainTimesteps >= 1 && trainTimesteps <= 1_000_000, "num_train_timesteps", trainTimesteps, "1 to 1000000");
    require(betaStart > 0 && betaStart < 1, "beta_start", betaStart, "between 0 and 1, both excluded");
    require(betaEnd > 0 && betaEnd < 1, "beta_end", betaEnd, "between 0 and 1, both excluded");
    require(stepsOffset >= 0 && stepsOffset < trainTimesteps, "steps_offset", stepsOffset,
        "0 to " + (trainTimesteps - 1));
    require(clipSampleRange > 0, "clip_sample_range", clipSampleRange, "more than 0");
    trainedBetas = List.copyOf(trainedBetas);
    require(trainedBetas.isEmpty() || trainedBetas.size() == trainTimesteps, "trained_betas has",
        trainedBetas.size() + " values", trainTimesteps + " (num_train_timesteps)");
    require(trainedBetas.stream().allMatch(b -> b > 0 && b < 1), "trained_betas", trainedBetas,
        "between 0 and 1, both excluded");
    Objects.requireNonNull(betaSchedule, "beta_schedule");
    Objects.requireNonNull(predictionType, "prediction_type");
    Objects.requireNonNull(timestepSpacing, "timestep_spacing");
    Objects.requireNonNull(variance, "variance_type");
    Objects.requireNonNull(sampler, "_class_name");
    Objects.requireNonNull(solver, "solver");
    notes = List.copyOf(notes);
  }

  static void require(boolean condition, String key, Object value, String allowed) {
    if (!condition) {
      throw new IllegalArgumentException("scheduler: " + key + " " + value + " must be " + allowed);
    }
  }

  /**
   * From the content of a {@code scheduler_config.json} or the same keys in a pack.
   *
   * @throws IllegalArgumentException for a value out of range, an unknown key or a setting this build does not have
   */
  public static SchedulerConfig of(Map<String, ?> values) {
    return SchedulerReader.strict(values);
  }

  /**
   * From a {@code scheduler_config.json} of any sampler and any version of diffusers. Keys and settings that
   * this build does not have, and samplers, end in {@link #notes}.
   *
   * @throws IllegalArgumentException for a value out of range, or if the model is of another kind
   */
  public static SchedulerConfig ofPublished(Map<String, ?> values) {
    return PublishedScheduler.read(values);
  }

  /** The same with another {@code steps_offset}. */
  public SchedulerConfig withStepsOffset(int offset) {
    return new SchedulerConfig(trainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas, zeroTerminalSnr, offset,
        clipSample, clipSampleRange, setAlphaToOne, predictionType, timestepSpacing, variance, sampler, solver, notes);
  }
}
