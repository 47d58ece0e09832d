// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The rows of a comparison in a folder. Every process appends to a file of its own, {@code part-1-of-2.csv}; a row is
 * there when its line has an end, so a process may be killed at any time and started again.
 */
final class Journal {

  private final LineFile file;

  /** @param share which of how many processes this is */
  Journal(Path folder, Share share) {
    this.file = new LineFile(folder.resolve("part-" + share.number() + "-of-" + share.of() + ".csv"));
  }

  /** The rows of all parts by {@link Row#key}, in the order of their files; of equal ones the first. */
  static Map<String, Row> read(Path folder) throws IOException {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (Path part : parts(folder)) {
      rows(part).forEach(row -> rows.putIfAbsent(row.key(), row));
    }
    return rows;
  }

  private static List<Row> rows(Path part) throws IOException {
    List<String> lines = new LineFile(part).lines();
    List<Row> rows = new ArrayList<>();
    List<String> columns = List.of();
    for (int i = 0; i < lines.size(); i++) {
      try {
        if (i == 0) {
          columns = Row.columns(lines.get(0));
        } else {
          rows.add(Row.read(columns, lines.get(i)));
        }
      } catch (IllegalArgumentException e) {
        throw new BadJob("%s:%d: not a row of this table: %s".formatted(part, i + 1, e.getMessage()), e);
      }
    }
    return rows;
  }

  private static List<Path> parts(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "part-*.csv")) {
      return StreamSupport.stream(files.spliterator(), false).sorted().toList();
    }
  }

  /** Makes this process's file ready: with today's columns, and without a line that was cut off. */
  void open() throws IOException {
    if (!file.isWhole(Row.header())) {
      file.replace(lines(rows(file.file())));
    }
  }

  void add(Row row) throws IOException {
    file.add(row.line());
  }

  /** Writes all rows, by prompt and seed, into {@code videos.csv}. */
  static void merge(Path folder, Collection<Row> rows) throws IOException {
    new LineFile(folder.resolve("videos.csv")).replace(lines(rows.stream()
        .sorted(Comparator.comparingInt(Row::prompt).thenComparingInt(Row::repeat)).toList()));
  }

  private static List<String> lines(List<Row> rows) {
    return Stream.concat(Stream.of(Row.header()), rows.stream().map(Row::line)).toList();
  }
}
