// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.BadJob;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * An option, and the values that it is tried with.
 *
 * @param option such as {@code ni-vsds.stepSize}
 * @param values one or more, no two alike
 */
public record Axis(String option, List<String> values) {

  private static final int MOST = 100;

  /** @throws BadJob if there is no value, one is empty or there twice, or there are more than 100 */
  public Axis {
    values = List.copyOf(values);
    if (option.isBlank() || values.isEmpty() || values.size() > MOST || values.contains("")) {
      throw new BadJob("--vary '%s=%s': must be OPTION=VALUE,VALUE, with 1 to %d values, none of them empty"
          .formatted(option, String.join(",", values), MOST));
    }
    if (new HashSet<>(values).size() < values.size()) {
      throw new BadJob("--vary '%s=%s': a value is there twice".formatted(option, String.join(",", values)));
    }
  }

  /**
   * Reads {@code noise.strength=0.6,0.8}. Values that hold commas themselves have a semicolon between them:
   * {@code ni-vsds.stepSize=10,10,1;1}, and one behind the last if it is the only one.
   */
  public static Axis parse(String text) {
    String[] parts = text.split("=", 2);
    String values = parts.length == 2 ? parts[1] : "";
    boolean isLists = values.contains(";");
    List<String> all = Arrays.stream(values.split(isLists ? ";" : ",", isLists ? 0 : -1)).map(String::strip).toList();
    return new Axis(parts[0].strip(), all);
  }
}
