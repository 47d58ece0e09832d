// SPDX-License-Identifier: Apache-2.0
package io.i4vgen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is written here can be read in two windows side by side. */
class LineWidthTest {

  private static final int WIDEST = 120;

  private static final int LONGEST = 300;
  private static final int LONGEST_PROGRAM = 200;

  @Test
  void noLineOfSourceIsWiderThanAScreenNorAFileOfOursLongerThanCanBeKeptInMind() throws IOException {
    List<String> faults = new ArrayList<>();
    for (String root : List.of("src/main/java", "src/test/java", "src/main/resources/networks")) {
      try (Stream<Path> files = Files.walk(Path.of(root)).filter(Files::isRegularFile)) {
        for (Path file : files.toList()) {
          check(file, faults);
        }
      }
    }
    assertThat(faults).isEmpty();
  }

  private static void check(Path file, List<String> faults) throws IOException {
    List<String> lines = Files.readAllLines(file);
    int longest = file.startsWith("src/main/resources") ? LONGEST_PROGRAM : LONGEST;
    if (lines.size() > longest && file.startsWith("src/main")) {
      faults.add("%s: %d lines".formatted(file, lines.size()));
    }
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).length() > WIDEST) {
        faults.add("%s:%d: %d characters".formatted(file, i + 1, lines.get(i).length()));
      }
    }
  }
}
