// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;

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
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    // not createTempFile, whose files nobody else may read
    Path fresh = target.resolveSibling("." + target.getFileName() + "-" + UUID.randomUUID() + ".part");
    try {
      Files.writeString(fresh, String.join("\n", lines) + "\n", StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private String text() throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }
}
