// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Typed access to a scheduler's map as JSON or YAML gave it; null counts as absent. Every complaint names key, value
 * and what is allowed.
 *
 * @param values by their keys
 */
record SchedulerFields(Map<String, ?> values) {

  private <T> T get(String key, Class<T> type, T absent) {
    Object value = values.get(key);
    String kind = "a " + type.getSimpleName().toLowerCase(Locale.ROOT);
    SchedulerConfig.require(value == null || type.isInstance(value), key, value, kind);
    return value == null ? absent : type.cast(value);
  }

  String text(String key, String absent) {
    return get(key, String.class, absent);
  }

  int integer(String key, int absent) {
    double value = number(key, absent);
    SchedulerConfig.require(value == Math.rint(value) && Math.abs(value) <= Integer.MAX_VALUE, key, value,
        "a whole number");
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
    SchedulerConfig.require(list.stream().allMatch(Number.class::isInstance), key, list, "a list of numbers");
    return list.stream().map(n -> ((Number) n).doubleValue()).toList();
  }

  <E extends Enum<E>> E choice(String key, E absent) {
    String name = text(key, absent.name().toLowerCase(Locale.ROOT));
    List<E> all = List.of(absent.getDeclaringClass().getEnumConstants());
    return all.stream().filter(e -> e.name().toLowerCase(Locale.ROOT).equals(name)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("scheduler: " + key + " " + name + " must be one of "
            + Arrays.toString(all.stream().map(e -> e.name().toLowerCase(Locale.ROOT)).toArray())));
  }

  /** Refuses any value but {@code only}, or none at all; a list must be as empty as {@code only} is. */
  void onlyAs(String key, Object only) {
    Object value = values.get(key);
    boolean same = value == null || only.equals(value);
    SchedulerConfig.require(same, key, value, only + "; this build has nothing else");
  }

  /** Refuses any value. */
  void absent(String key) {
    SchedulerConfig.require(values.get(key) == null, key, values.get(key), "left out; this build does not have it");
  }
}
