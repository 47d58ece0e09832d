// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How options name files. */
final class NamedFiles {

  private NamedFiles() {}

  /** @return {@code null} for what can't be a path */
  static Path path(String text) {
    try {
      return text.isBlank() ? null : Path.of(text);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /**
   * Files with a number behind each, and commas between them.
   *
   * @param one finds the next: a group for the file, one for its number, then the comma or the end
   * @return {@code null} if the text is not that
   */
  static <T> List<T> several(String text, Pattern one, BiFunction<Path, String, T> make) {
    List<T> all = new ArrayList<>();
    Matcher next = one.matcher(text);
    int end = 0;
    while (end < text.length()) {
      Path file = next.region(end, text.length()).lookingAt() ? path(next.group(1)) : null;
      if (file == null) {
        return null;
      }
      all.add(make.apply(file, next.group(2)));
      end = next.end();
    }
    return all.isEmpty() || text.endsWith(",") ? null : all;
  }
}
