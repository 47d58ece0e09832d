// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * The alpha of each NI-VSDS iteration; the last one holds for all further iterations.
 *
 * @param values at least one, each finite and not negative
 */
public record StepSizes(List<Double> values) {

  public StepSizes {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("step sizes: at least one is needed");
    }
    for (double value : values) {
      if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("step sizes: " + value + " in " + values + " must be 0 or more");
      }
    }
  }

  /** These, the last one for ever. */
  public static StepSizes of(double... values) {
    return new StepSizes(DoubleStream.of(values).boxed().toList());
  }

  /** As an option's value: the numbers with commas between them. */
  public String text() {
    return values.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** The step size of iteration {@code i}, 0 for the first. */
  public double at(int i) {
    return values.get(Math.min(i, values.size() - 1));
  }
}
