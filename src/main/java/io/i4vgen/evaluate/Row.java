// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One video's line in a CSV file.
 *
 * @param prompt the prompt's number, from 0
 * @param repeat which of its seeds, from 0
 * @param seed of the job
 * @param things how many the prompt names
 * @param recipe tells apart what was made with other weights, options or seeds
 * @param motion what was seen
 * @param values numbers; what was not measured is missing
 * @param text the prompt
 */
public record Row(String pipeline, int prompt, int repeat, long seed, int things, String recipe, String motion,
    Map<Measure, Double> values, String text) {

  private static final List<String> FIRST =
      List.of("pipeline", "prompt", "repeat", "seed", "things", "recipe", "seen_motion");

  public Row {
    Map<Measure, Double> ordered = new EnumMap<>(Measure.class);
    ordered.putAll(values);
    values = Collections.unmodifiableMap(ordered);
  }

  /** The line with the names of the columns. */
  static String header() {
    List<String> names = new ArrayList<>(FIRST);
    Arrays.stream(Measure.values()).map(Measure::key).forEach(names::add);
    names.add("text");
    return String.join(",", names);
  }

  /** What no two rows have in common. */
  String key() {
    return key(pipeline, prompt, repeat);
  }

  static String key(String pipeline, int prompt, int repeat) {
    return pipeline + " " + prompt + " " + repeat;
  }

  String line() {
    String numbers = Arrays.stream(Measure.values())
        .map(measure -> values.containsKey(measure) ? number(values.get(measure)) : "")
        .collect(Collectors.joining(","));
    return String.format(Locale.ROOT, "%s,%d,%d,%d,%d,%s,%s,%s,\"%s\"", pipeline, prompt, repeat, seed, things, recipe,
        motion, numbers, text.replace("\"", "\"\""));
  }

  /** Seconds that all stages of the pipeline take together. */
  public double seconds() {
    return values.getOrDefault(Measure.SECONDS, Double.NaN);
  }

  /** What was right, in a few words. */
  public String summary() {
    if (values.getOrDefault(Measure.SUCCESS, 0.0) == 1) {
      return "all right";
    }
    String wrong = Stream.of(Measure.OBJECT, Measure.RELATION, Measure.SCENE, Measure.MOTION)
        .filter(measure -> values.getOrDefault(measure, 0.0) == 0).map(Measure::key).collect(Collectors.joining(", "));
    return "wrong: " + (wrong.isEmpty() ? "not all at once" : wrong);
  }

  /**
   * Reads a line of a file, also of one that an earlier version wrote, which measured less.
   *
   * @param columns the names in the file's first line
   * @throws IllegalArgumentException if it is no line of such a table
   */
  static Row read(List<String> columns, String line) {
    String[] cells = line.split(",", columns.size());
    if (cells.length < columns.size()) {
      throw new IllegalArgumentException("%d columns; must have %d".formatted(cells.length, columns.size()));
    }
    Map<String, String> named = new HashMap<>();
    for (int i = 0; i < cells.length; i++) {
      named.put(columns.get(i), cells[i]);
    }
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    for (Measure measure : Measure.values()) {
      String cell = named.getOrDefault(measure.key(), "");
      if (!cell.isEmpty()) {
        values.put(measure, Double.valueOf(cell));
      }
    }
    String text = named.get("text").replaceAll("^\"|\"$", "").replace("\"\"", "\"");
    return new Row(named.get("pipeline"), Integer.parseInt(named.get("prompt")),
        Integer.parseInt(named.get("repeat")), Long.parseLong(named.get("seed")),
        Integer.parseInt(named.get("things")), named.get("recipe"), named.get("seen_motion"), values, text);
  }

  /**
   * The names of the columns in the first line of a file.
   *
   * @throws IllegalArgumentException if it is not that of such a table: the prompt comes last, as it may hold commas
   */
  static List<String> columns(String header) {
    List<String> columns = List.of(header.split(",", -1));
    if (!columns.containsAll(FIRST) || !columns.get(columns.size() - 1).equals("text")) {
      throw new IllegalArgumentException("its columns are not those of this table");
    }
    return columns;
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9 ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.5f", value);
  }
}
