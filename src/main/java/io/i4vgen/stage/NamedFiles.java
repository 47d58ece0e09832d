// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How options name files: as they are, or in double quotes, between which a quote is written twice. Quotes are for
 * files in whose paths a comma or a number behind an {@code @} would be taken for the end: {@code "a, b@2.png"@0}.
 */
public final class NamedFiles {

  private static final String NUMBER = "@\\s*-?\\d[\\d.eE+-]*\\s*";
  /** What can't be read back without quotes. */
  private static final Pattern UNCLEAR = Pattern.compile("[,\\v]|^[\\s\"]|\\s$|" + NUMBER + "$");
  private static final Pattern SEVERAL = Pattern.compile(NUMBER + ",");

  private NamedFiles() {}

  /** The text that names {@code file}, in quotes if it must be. */
  public static String text(String file) {
    return UNCLEAR.matcher(file).find() ? '"' + file.replace("\"", "\"\"") + '"' : file;
  }

  /**
   * One of a list, {@code FILE} or {@code FILE@NUMBER}, as it must be written among others.
   *
   * @param item stays as it is if there are quotes in it already, or several files, each with its number
   */
  public static String item(String item) {
    String text = item.strip();
    if (text.startsWith("\"") || SEVERAL.matcher(text).find()) {
      return item;
    }
    int at = text.lastIndexOf('@');
    return at > 0 && text.substring(at).matches(NUMBER) ? text(text.substring(0, at).strip()) + text.substring(at)
        : text(text);
  }

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
   * @param number what stands behind a file: a group for its number, then the comma or the end
   * @return {@code null} if the text is not that
   */
  static <T> List<T> several(String text, Pattern number, BiFunction<Path, String, T> make) {
    List<T> all = new ArrayList<>();
    Matcher plain = Pattern.compile("(.+?)" + number).matcher(text);
    Matcher behind = Pattern.compile("\\s*" + number).matcher(text);
    int end = 0;
    while (end < text.length()) {
      int close = closingQuote(text, end);
      boolean quoted = close >= 0 && behind.region(close, text.length()).lookingAt();
      boolean found = quoted || plain.region(end, text.length()).lookingAt();
      Path file = !found ? null : path(quoted ? unquoted(text.substring(end, close)) : plain.group(1).strip());
      if (file == null) {
        return null;
      }
      all.add(make.apply(file, quoted ? behind.group(1) : plain.group(2)));
      end = quoted ? behind.end() : plain.end();
    }
    return all.isEmpty() || text.endsWith(",") ? null : all;
  }

  /** Where what stands in quotes from {@code start} on is over; -1 if nothing is in quotes there. */
  private static int closingQuote(String text, int start) {
    int open = start;
    while (open < text.length() && Character.isWhitespace(text.charAt(open))) {
      open++;
    }
    if (!text.startsWith("\"", open)) {
      return -1;
    }
    int close = text.indexOf('"', open + 1);
    while (close >= 0 && text.startsWith("\"\"", close)) {
      close = text.indexOf('"', close + 2);
    }
    return close < 0 ? -1 : close + 1;
  }

  private static String unquoted(String text) {
    String quoted = text.strip();
    return quoted.substring(1, quoted.length() - 1).replace("\"\"", "\"");
  }
}
