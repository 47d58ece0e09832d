// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes of a {@code scheduler_config.json} of any sampler of diffusers what a sampler of this build can do: what the
 * model was trained with is kept, what only says how it is sampled is replaced where it is not here, and told. What a
 * model with another noise process says is refused.
 */
final class PublishedScheduler {

  private static final String CLASS = "_class_name";
  private static final String KARRAS = "use_karras_sigmas";
  private static final String ORDER = "solver_order";
  private static final String LOWER = "lower_order_final";
  private static final String VARIANCE = "variance_type";

  /** What holds whatever samples. */
  private static final Set<String> OF_THE_MODEL = Set.of(CLASS, "num_train_timesteps", "beta_start",
      "beta_end", "beta_schedule", "trained_betas", "rescale_betas_zero_snr", "prediction_type", "timestep_spacing",
      "steps_offset", "clip_sample", "clip_sample_range", "set_alpha_to_one");
  private static final Set<String> BETAS = Set.of("beta_start", "beta_end", "beta_schedule", "trained_betas");
  /** Keys with the values that mean a model whose inputs or outputs are others. */
  private static final SortedMap<String, Set<?>> OTHER_MODELS = inOrder(Map.of("use_flow_sigmas", Set.of(true),
      "timestep_type", Set.of("continuous"), VARIANCE, Set.of("learned", "learned_range")));
  /** Words of these keys that are here. */
  private static final SortedMap<String, Set<?>> WORDS = inOrder(Map.of(
      "solver_type", Set.of("midpoint", "heun", "bh1", "bh2"), VARIANCE, Set.of("fixed_small", "fixed_large")));

  private final Map<String, Object> values;
  private final List<String> notes = new ArrayList<>();

  private PublishedScheduler(Map<String, ?> values) {
    this.values = new LinkedHashMap<>(values);
    this.values.values().removeIf(value -> value == null);
  }

  /** Always the same one, for what is told of them. */
  private static SortedMap<String, Set<?>> inOrder(Map<String, Set<?>> values) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  static SchedulerConfig read(Map<String, ?> values) {
    return new PublishedScheduler(values).read();
  }

  private SchedulerConfig read() {
    String wanted = new SchedulerFields(values).text(CLASS, SamplerKind.DDIM.className());
    Optional<SamplerKind> sampler = SamplerKind.ofClass(wanted);
    requireThatNoiseIsOfBetas(wanted, sampler.isPresent());
    dropUnknown();
    // What another sampler says of itself means nothing to the one in its place.
    sampler.ifPresentOrElse(this::leaveOut, () -> values.keySet().retainAll(OF_THE_MODEL));
    return SchedulerReader.read(values, notes);
  }

  private void requireThatNoiseIsOfBetas(String wanted, boolean known) {
    if (values.containsKey("sigma_data") || !known && BETAS.stream().noneMatch(values::containsKey)) {
      throw new IllegalArgumentException("scheduler: " + CLASS + " " + wanted + " is for models with another noise"
          + " process: i4vgen samples those that were trained with the noise of " + String.join(", ",
          new TreeSet<>(BETAS)) + ", whatever their sampler");
    }
    OTHER_MODELS.forEach((key, those) -> {
      if (those.contains(values.getOrDefault(key, ""))) {
        throw new IllegalArgumentException("scheduler: " + key + " " + values.get(key)
            + " is for models with other inputs or outputs, which i4vgen does not have");
      }
    });
  }

  private void dropUnknown() {
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(SchedulerReader.known());
    values.keySet().removeAll(unknown);
    notes.addAll(unknown.isEmpty() ? List.of() : List.of("of its scheduler's configuration these keys are unknown to"
        + " i4vgen, and without effect: " + String.join(", ", unknown)));
  }

  private void leaveOut(SamplerKind sampler) {
    List<String> left = new ArrayList<>();
    SchedulerReader.ONLY.forEach((key, only) -> leave(key, !only.equals(values.getOrDefault(key, only)), left));
    SchedulerReader.NONE.forEach(key -> leave(key, values.containsKey(key), left));
    WORDS.forEach((key, words) -> leave(key, !words.contains(values.getOrDefault(key, words.iterator().next())), left));
    leave(KARRAS, Boolean.TRUE.equals(values.get(KARRAS)) && !sampler.hasKarras(), left);
    leave(LOWER, Boolean.FALSE.equals(values.get(LOWER)) && sampler == SamplerKind.UNIPC, left);
    boolean third = values.get(ORDER) instanceof Number order && order.doubleValue() == 3;
    leave(ORDER, third && sampler == SamplerKind.DPM_SOLVER, left);
    if (!left.isEmpty()) {
      notes.add("its scheduler asks for what i4vgen's %s does not have, and is sampled without: %s"
          .formatted(sampler.key(), String.join(", ", left.stream().sorted().toList())));
    }
  }

  private void leave(String key, boolean isLeft, List<String> left) {
    if (isLeft) {
      left.add(key + " " + values.remove(key));
    }
  }
}
