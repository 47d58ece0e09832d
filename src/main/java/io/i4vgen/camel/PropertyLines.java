// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A Java properties file, with the line that each property stands on. */
final class PropertyLines {

  private PropertyLines() {}

  /**
   * A property.
   *
   * @param place the file and the line, {@code i4vgen.properties:12}
   */
  record Line(String name, String value, String place) {}

  /**
   * The properties in their order.
   *
   * @throws BadJob if one is set twice, or an escape is malformed
   */
  static List<Line> of(String text, Path file) {
    List<Line> lines = new ArrayList<>();
    Map<String, String> places = new HashMap<>();
    StringBuilder logical = new StringBuilder();
    int number = 0;
    int first = 1;
    for (String line : text.split("\r\n|\r|\n", -1)) {
      number++;
      first = logical.isEmpty() ? number : first;
      logical.append(line).append('\n');
      if (!isContinued(line, logical)) {
        String place = file.getFileName() + ":" + first;
        parse(logical.toString(), place).forEach((name, value) -> {
          lines.add(new Line((String) name, (String) value, place));
          String before = places.put((String) name, place);
          if (before != null) {
            throw new BadJob("%s: %s was set before, in %s".formatted(place, name, before));
          }
        });
        logical.setLength(0);
      }
    }
    return lines;
  }

  private static boolean isContinued(String line, CharSequence logical) {
    String start = logical.toString().stripLeading();
    boolean comment = start.startsWith("#") || start.startsWith("!");
    int slashes = line.length() - line.replaceAll("\\\\+$", "").length();
    return !comment && slashes % 2 == 1;
  }

  private static Properties parse(String line, String place) {
    try {
      Properties properties = new Properties();
      properties.load(new StringReader(line));
      return properties;
    } catch (IllegalArgumentException e) {
      throw new BadJob(place + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }
}
