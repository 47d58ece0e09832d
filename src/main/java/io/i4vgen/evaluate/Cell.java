// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One combination of values in a sweep.
 *
 * @param values by option, in the order of the axes
 */
public record Cell(Map<String, String> values) {

  private static final int LONGEST_NAME = 120;

  /** The values in that order stay in it. */
  public Cell {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Every combination; the values of the last axis change fastest. */
  static List<Cell> all(List<Axis> axes) {
    List<Cell> cells = List.of(new Cell(Map.of()));
    for (Axis axis : axes) {
      List<Cell> next = new ArrayList<>();
      cells.forEach(cell -> axis.values().forEach(value -> next.add(cell.with(axis.option(), value))));
      cells = next;
    }
    return cells;
  }

  private Cell with(String option, String value) {
    Map<String, String> all = new LinkedHashMap<>(values);
    all.put(option, value);
    return new Cell(all);
  }

  /** {@code ni-vsds.stepSize=1 noise.strength=0.6}. */
  public String text() {
    return values.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue())
        .collect(Collectors.joining(" "));
  }

  /** The name of its files, without an ending; two cells have not one name. */
  String fileName() {
    String plain = text().replaceAll("[^A-Za-z0-9._=,-]", "_");
    String suffix = "-" + Integer.toHexString(text().hashCode());
    return plain.equals(text().replace(' ', '_')) && plain.length() <= LONGEST_NAME ? plain
        : plain.substring(0, Math.min(plain.length(), LONGEST_NAME)) + suffix;
  }
}
