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
      String text = Files.readString(part);
      List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      for (int i = 1; i < lines.size(); i++) {
        Row row = row(lines.get(i), part, i + 1);
        rows.putIfAbsent(row.key(), row);
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

  private static Row row(String line, Path file, int number) {
    try {
      return Row.read(line);
    } catch (IllegalArgumentException e) {
      throw new BadJob("%s:%d: not a row of this table: %s".formatted(file, number, e.getMessage()), e);
    }
  }

  /** Makes this process's file ready: with its header, and without a line that was cut off. */
  void open() throws IOException {
    Files.createDirectories(folder);
    if (!Files.exists(file)) {
      replace(file, Row.header() + "\n");
      return;
    }
    String text = Files.readString(file);
    int end = text.lastIndexOf('\n') + 1;
    if (end < text.length() || end == 0) {
      replace(file, end == 0 ? Row.header() + "\n" : text.substring(0, end));
    }
  }

  void add(Row row) throws IOException {
    try (Writer out = Files.newBufferedWriter(file, StandardOpenOption.APPEND)) {
      out.write(row.line() + "\n");
    }
  }

  /** Writes all rows, by prompt and seed, into {@code videos.csv}. */
  static void merge(Path folder, Collection<Row> rows) throws IOException {
    StringBuilder text = new StringBuilder(Row.header()).append('\n');
    rows.stream().sorted(Comparator.comparingInt(Row::prompt).thenComparingInt(Row::repeat))
        .forEach(row -> text.append(row.line()).append('\n'));
    replace(folder.resolve("videos.csv"), text.toString());
  }

  private static void replace(Path file, String text) throws IOException {
    Path fresh = Files.createTempFile(file.getParent(), ".fresh", ".csv");
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
