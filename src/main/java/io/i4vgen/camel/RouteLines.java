// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** On which lines of a route file its values stand: a tree of its values knows of none. */
final class RouteLines {

  private final Map<String, Integer> lines = new HashMap<>();

  private RouteLines() {}

  /** @throws IOException if the file is no YAML, or can't be read */
  static RouteLines of(Path file) throws IOException {
    RouteLines lines = new RouteLines();
    try (JsonParser parser = new YAMLFactory().createParser(file.toFile())) {
      parser.nextToken();
      lines.walk(parser, "");
    }
    return lines;
  }

  private void walk(JsonParser parser, String pointer) throws IOException {
    lines.put(pointer, parser.currentTokenLocation().getLineNr());
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        walk(parser, pointer + "/" + i);
      }
    } else if (parser.currentToken() == JsonToken.START_OBJECT) {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        walk(parser, pointer + "/" + name);
      }
    }
  }

  /**
   * The line of a value, from 1.
   *
   * @param pointer such as {@code /0/route/id}; where it leads to nothing, the nearest value around it counts
   */
  int line(String pointer) {
    String known = pointer;
    while (!lines.containsKey(known)) {
      known = known.substring(0, known.lastIndexOf('/'));
    }
    return lines.get(known);
  }
}
