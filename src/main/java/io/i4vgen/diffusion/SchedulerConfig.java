// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The noise schedule a model was trained with and how it is sampled: the fields of a diffusers
 * {@code scheduler_config.json}, with that library's defaults.
 *
 * @param trainTimesteps {@code num_train_timesteps}, the T of the papers
 * @param betaStart {@code beta_start}, in (0, 1)
 * @param betaEnd {@code beta_end}, in (0, 1)
 * @param betaSchedule {@code beta_schedule}
 * @param trainedBetas {@code trained_betas}: used instead of the three above unless empty
 * @param stepsOffset {@code steps_offset}, added to every timestep of the leading grid
 * @param clipSample {@code clip_sample}: whether the predicted clean latent is clipped
 * @param clipSampleRange {@code clip_sample_range}: to which absolute value
 * @param setAlphaToOne {@code set_alpha_to_one}: DDIM's alphaBar past the last step is 1, not that of timestep 0
 * @param predictionType {@code prediction_type}
 * @param timestepSpacing {@code timestep_spacing}
 * @param variance {@code variance_type}, DDPM's only
 */
public record SchedulerConfig(int trainTimesteps, double betaStart, double betaEnd, BetaSchedule betaSchedule,
    List<Double> trainedBetas, int stepsOffset, boolean clipSample, double clipSampleRange, boolean setAlphaToOne,
    PredictionType predictionType, TimestepSpacing timestepSpacing, Ddpm.Variance variance) {

  /** The keys that {@link #of} reads. */
  private static final Set<String> READ = Set.of("num_train_timesteps", "beta_start", "beta_end", "beta_schedule",
      "trained_betas", "steps_offset", "clip_sample", "clip_sample_range", "set_alpha_to_one", "prediction_type",
      "timestep_spacing", "variance_type", "thresholding", "rescale_betas_zero_snr");
  /** Keys of published configurations that change nothing here. */
  private static final Set<String> WITHOUT_EFFECT = Set.of("_class_name", "_diffusers_version", "skip_prk_steps",
      "dynamic_thresholding_ratio", "sample_max_value");

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
  }

  private static void require(boolean condition, String key, Object value, String allowed) {
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
    values.keySet().stream().filter(k -> !READ.contains(k) && !WITHOUT_EFFECT.contains(k)).findFirst().ifPresent(k -> {
      throw new IllegalArgumentException("scheduler: unknown key " + k + "; known are " + new TreeSet<>(READ));
    });
    Fields fields = new Fields(values);
    for (String key : List.of("thresholding", "rescale_betas_zero_snr")) {
      require(!fields.flag(key, false), key, true, "false; this build does not have it");
    }
    return new SchedulerConfig(
        fields.integer("num_train_timesteps", 1000),
        fields.number("beta_start", 0.0001),
        fields.number("beta_end", 0.02),
        fields.choice("beta_schedule", BetaSchedule.LINEAR),
        fields.numbers("trained_betas"),
        fields.integer("steps_offset", 0),
        fields.flag("clip_sample", true),
        fields.number("clip_sample_range", 1),
        fields.flag("set_alpha_to_one", true),
        fields.choice("prediction_type", PredictionType.EPSILON),
        fields.choice("timestep_spacing", TimestepSpacing.LEADING),
        fields.choice("variance_type", Ddpm.Variance.FIXED_SMALL));
  }

  /** The keys that {@link #of} knows. */
  public static Set<String> keys() {
    Set<String> keys = new TreeSet<>(READ);
    keys.addAll(WITHOUT_EFFECT);
    return keys;
  }

  /** The same with another {@code steps_offset}. */
  public SchedulerConfig withStepsOffset(int offset) {
    return new SchedulerConfig(trainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas, offset, clipSample,
        clipSampleRange, setAlphaToOne, predictionType, timestepSpacing, variance);
  }

  /** The timesteps of {@code steps} steps, from the most noise to the least. */
  long[] grid(int steps) {
    return timestepSpacing.grid(steps, trainTimesteps, stepsOffset);
  }

  /** Typed access to a map read from JSON or YAML; null counts as absent. */
  private record Fields(Map<String, ?> values) {

    private <T> T get(String key, Class<T> type, T absent) {
      Object value = values.get(key);
      String kind = "a " + type.getSimpleName().toLowerCase(Locale.ROOT);
      require(value == null || type.isInstance(value), key, value, kind);
      return value == null ? absent : type.cast(value);
    }

    int integer(String key, int absent) {
      double value = number(key, absent);
      require(value == Math.rint(value) && Math.abs(value) <= Integer.MAX_VALUE, key, value, "a whole number");
      return (int) value;
    }

    double number(String key, double absent) {
      return get(key, Number.class, absent).doubleValue();
    }

    boolean flag(String key, boolean absent) {
      return get(key, Boolean.class, absent);
    }

    List<Double> numbers(String key) {
      List<?> list = get(key, List.class, List.of());
      require(list.stream().allMatch(Number.class::isInstance), key, list, "a list of numbers");
      return list.stream().map(n -> ((Number) n).doubleValue()).toList();
    }

    <E extends Enum<E>> E choice(String key, E absent) {
      String name = get(key, String.class, absent.name().toLowerCase(Locale.ROOT));
      List<E> all = List.of(absent.getDeclaringClass().getEnumConstants());
      return all.stream().filter(e -> e.name().toLowerCase(Locale.ROOT).equals(name)).findFirst()
          .orElseThrow(() -> new IllegalArgumentException("scheduler: " + key + " " + name + " must be one of "
              + Arrays.toString(all.stream().map(e -> e.name().toLowerCase(Locale.ROOT)).toArray())));
    }
  }
}
