// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Lines of comma-separated values (RFC 4180) without line breaks in them. */
final class Csv {

  private Csv() {}

  /** Values that hold a comma or a quotation mark are quoted. */
  static String line(List<String> values) {
    return values.stream().map(value -> value.contains(",") || value.contains("\"")
        ? '"' + value.replace("\"", "\"\"") + '"' : value).collect(Collectors.joining(","));
  }

  static List<String> values(String line) {
    List<String> values = new ArrayList<>();
    StringBuilder value = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        value.append(line.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        values.add(value.toString());
        value.setLength(0);
      } else {
        value.append(c);
      }
    }
    values.add(value.toString());
    return values;
  }
}
