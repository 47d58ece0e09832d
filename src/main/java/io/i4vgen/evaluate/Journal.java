// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * The rows of a comparison in a folder. Every process appends to a file of its own, {@code part-1-of-2.csv}; a row is
 * there when its line has an end, so a process may be killed at any time and started again.
 */
final class Journal {

  private final Path folder;
  private final Path file;

  /** @param share which of how many processes this is */
  Journal(Path folder, Share share) {
    this.folder = folder;
    this.file = folder.resolve("part-%d-of-%d.csv".formatted(share.number(), share.of()));
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
    String text = Files.readString(part);
    List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
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
    Files.createDirectories(folder);
    String text = Files.exists(file) ? Files.readString(file) : "";
    if (!text.endsWith("\n") || !text.startsWith(Row.header() + "\n")) {
      replace(file, text(Files.exists(file) ? rows(file) : List.of()));
    }
  }

  void add(Row row) throws IOException {
    try (Writer out = Files.newBufferedWriter(file, StandardOpenOption.APPEND)) {
      out.write(row.line() + "\n");
    }
  }

  /** Writes all rows, by prompt and seed, into {@code videos.csv}. */
  static void merge(Path folder, Collection<Row> rows) throws IOException {
    replace(folder.resolve("videos.csv"), text(rows.stream()
        .sorted(Comparator.comparingInt(Row::prompt).thenComparingInt(Row::repeat)).toList()));
  }

  private static String text(List<Row> rows) {
    StringBuilder text = new StringBuilder(Row.header()).append('\n');
    rows.forEach(row -> text.append(row.line()).append('\n'));
    return text.toString();
  }

  private static void replace(Path file, String text) throws IOException {
    Path fresh = Files.createTempFile(file.getParent(), ".fresh", ".csv");
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
