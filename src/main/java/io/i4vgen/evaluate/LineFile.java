// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.media.FreshFiles;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A text file that grows by lines. Whoever writes it may be killed at any time: a line that has no end yet does not
 * count.
 */
record LineFile(Path file) {

  /** Its whole lines; none if there is no such file. */
  List<String> lines() throws IOException {
    String text = text();
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  /** Whether it begins with this line and has no line without an end. */
  boolean isWhole(String header) throws IOException {
    String text = text();
    return text.endsWith("\n") && text.startsWith(header + "\n");
  }

  void add(String line) throws IOException {
    try (Writer out = Files.newBufferedWriter(file, StandardOpenOption.APPEND)) {
      out.write(line + "\n");
    }
  }

  /** Puts these lines in the place of all; they are there at once or not at all. */
  void replace(List<String> lines) throws IOException {
    FreshFiles.write(file, fresh -> Files.writeString(fresh, String.join("\n", lines) + "\n"));
  }

  private String text() throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }
}
