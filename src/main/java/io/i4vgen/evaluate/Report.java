// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The rows of a comparison as Markdown: what is shown and how it moves, like the paper's Tables 1 and 2, with intervals
 * of 95 %, then differences to the baseline on the same prompts and seeds.
 */
public final class Report {

  private static final String BEGIN = "<!-- table: begin -->";
  private static final String END = "<!-- table: end -->";
  private static final Predicate<Row> ANY = row -> true;
  private static final Predicate<Row> ONE = row -> row.things() == 1;
  private static final Predicate<Row> TWO = row -> row.things() == 2;

  private static final List<Column> WORDS = List.of(
      Column.rate("one object", Measure.OBJECT, ONE), Column.rate("both objects", Measure.OBJECT, TWO),
      Column.rate("color", Measure.COLOR, ANY), Column.rate("relation", Measure.RELATION, TWO),
      Column.rate("scene", Measure.SCENE, ANY), Column.rate("motion, one", Measure.MOTION, ONE),
      Column.rate("motion, two", Measure.MOTION, TWO), Column.rate("everything", Measure.SUCCESS, ANY));
  private static final List<Column> QUALITY = List.of(
      Column.rate("dynamic degree", Measure.DYNAMIC, ANY),
      Column.mean("subject consistency", Measure.CONSISTENCY, "%.2f", 100),
      Column.mean("temporal flickering", Measure.FLICKERING, "%.2f", 100),
      Column.mean("reward", Measure.REWARD, "%.3f", 1), Column.mean("seconds", Measure.SECONDS, "%.1f", 1),
      Column.count("UNet calls, images", Measure.IMAGE_CALLS), Column.count("UNet calls, video", Measure.VIDEO_CALLS));
  private static final List<Column> DIFFERENCES = List.of(
      Column.mean("object", Measure.OBJECT, "%+.1f", 100),
      new Column("relation", Measure.RELATION, TWO, Kind.MEAN, "%+.1f", 100),
      Column.mean("motion", Measure.MOTION, "%+.1f", 100), Column.mean("everything", Measure.SUCCESS, "%+.1f", 100),
      Column.mean("dynamic degree", Measure.DYNAMIC, "%+.1f", 100),
      Column.mean("subject consistency", Measure.CONSISTENCY, "%+.2f", 100),
      Column.mean("reward", Measure.REWARD, "%+.3f", 1));

  private final Map<String, Map<String, Row>> pipelines = new LinkedHashMap<>();

  /** What a column's numbers are; a count needs no interval. */
  private enum Kind { RATE, MEAN, COUNT }

  /**
   * One column.
   *
   * @param format of the value, times {@code factor}
   */
  private record Column(String title, Measure measure, Predicate<Row> rows, Kind kind, String format,
      double factor) {

    static Column rate(String title, Measure measure, Predicate<Row> rows) {
      return new Column(title, measure, rows, Kind.RATE, "%.1f", 100);
    }

    static Column mean(String title, Measure measure, String format, double factor) {
      return new Column(title, measure, ANY, Kind.MEAN, format, factor);
    }

    static Column count(String title, Measure measure) {
      return new Column(title, measure, ANY, Kind.COUNT, "%.0f", 1);
    }

    String cell(Collection<Row> all) {
      Samples samples = new Samples();
      all.stream().filter(rows).filter(row -> row.values().containsKey(measure))
          .forEach(row -> samples.add(row.prompt(), row.values().get(measure)));
      return cell(samples);
    }

    String cell(Samples samples) {
      if (samples.isEmpty()) {
        return "–";
      }
      if (kind == Kind.COUNT) {
        return text(samples.mean().value());
      }
      Interval shown = kind == Kind.RATE ? samples.rate() : samples.mean();
      return "%s [%s, %s]".formatted(text(shown.value()), text(shown.low()), text(shown.high()));
    }

    private String text(double value) {
      return Double.isNaN(value) ? "?" : String.format(Locale.ROOT, format, value * factor);
    }
  }

  /** @param rows the first of them is the baseline's */
  public Report(Collection<Row> rows) {
    for (Row row : rows) {
      pipelines.computeIfAbsent(row.pipeline(), name -> new LinkedHashMap<>())
          .put(row.prompt() + " " + row.repeat(), row);
    }
  }

  /**
   * The rows that are in a folder.
   *
   * @throws io.i4vgen.generation.BadJob if a line in it is no row
   */
  public static Report of(Path folder) throws IOException {
    return new Report(Journal.read(folder).values());
  }

  public boolean isEmpty() {
    return pipelines.isEmpty();
  }

  /** All tables. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("What is shown, % of videos (as in the paper's Table 2):\n\n");
    table(text, WORDS);
    text.append("\nHow it looks and what it costs (as in the paper's Tables 1 and 4); consistency and flickering"
        + " × 100:\n\n");
    table(text, QUALITY);
    text.append("\nDifference to ").append(baseline().map(name -> '`' + name + '`').orElse("nothing"))
        .append(" on the same prompts and noise, percentage points (reward: its own unit):\n\n");
    differences(text);
    return text.toString();
  }

  private void table(StringBuilder text, List<Column> columns) {
    head(text, columns);
    pipelines.forEach((name, rows) -> {
      text.append("| `").append(name).append("` | ").append(rows.size()).append(" |");
      columns.forEach(column -> text.append(' ').append(column.cell(rows.values())).append(" |"));
      text.append('\n');
    });
  }

  private void differences(StringBuilder text) {
    head(text, DIFFERENCES);
    pipelines.keySet().stream().skip(1).forEach(name -> {
      Map<String, Row> rows = pipelines.get(name);
      Map<String, Row> others = pipelines.get(baseline().orElseThrow());
      List<String> common = rows.keySet().stream().filter(others::containsKey).toList();
      text.append("| `").append(name).append("` | ").append(common.size()).append(" |");
      for (Column column : DIFFERENCES) {
        Samples samples = new Samples();
        common.stream().map(rows::get).filter(column.rows()).forEach(row ->
            difference(row, others.get(row.prompt() + " " + row.repeat()), column.measure())
                .ifPresent(value -> samples.add(row.prompt(), value)));
        text.append(' ').append(column.cell(samples)).append(" |");
      }
      text.append('\n');
    });
  }

  private static Optional<Double> difference(Row row, Row other, Measure measure) {
    Double mine = row.values().get(measure);
    Double its = other.values().get(measure);
    return mine == null || its == null ? Optional.empty() : Optional.of(mine - its);
  }

  private Optional<String> baseline() {
    return pipelines.keySet().stream().findFirst();
  }

  private static void head(StringBuilder text, List<Column> columns) {
    List<String> titles = new ArrayList<>(List.of("pipeline", "videos"));
    columns.forEach(column -> titles.add(column.title()));
    text.append("| ").append(String.join(" | ", titles)).append(" |\n| --- |")
        .append(" ---: |".repeat(titles.size() - 1)).append('\n');
  }

  /**
   * A document with these tables between its marks.
   *
   * @throws IllegalArgumentException if it has not both marks, each once
   */
  public String into(String document) {
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("the document has no lines '%s' and '%s'".formatted(BEGIN, END));
    }
    return document.substring(0, begin + BEGIN.length()) + "\n" + markdown() + document.substring(end);
  }
}
