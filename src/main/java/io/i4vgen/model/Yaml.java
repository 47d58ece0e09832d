// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A YAML document that remembers on which line everything stands. */
sealed interface Yaml {

  /** The line of the file, from 1. */
  int line();

  /** A text or number as it is written; {@code null} if it says nothing. */
  record Scalar(int line, String text) implements Yaml {}

  record Sequence(int line, List<Yaml> values) implements Yaml {}

  record Mapping(int line, Map<String, Entry> entries) implements Yaml {}

  /** @param line the line of the key */
  record Entry(int line, Yaml value) {}

  /** @throws PackException if the file is missing, not YAML or not a mapping: file, line and reason */
  static Mapping read(Path file) {
    String text = JsonFile.text(file);
    YAMLFactory factory = new YAMLFactory();
    factory.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    try (JsonParser parser = factory.createParser(text)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        return mapping(parser);
      }
      throw new PackException(file + ":1: must be a mapping, \"key: value\" on each line");
    } catch (JsonProcessingException e) {
      throw new PackException(file + ":" + e.getLocation().getLineNr() + ": " + firstLine(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new PackException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("not YAML");
  }

  private static Yaml value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(parser);
      case START_ARRAY -> sequence(parser);
      case VALUE_NULL -> new Scalar(line(parser), null);
      default -> new Scalar(line(parser), parser.getText());
    };
  }

  private static Mapping mapping(JsonParser parser) throws IOException {
    int line = line(parser);
    Map<String, Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      int keyLine = line(parser);
      parser.nextToken();
      entries.put(key, new Entry(keyLine, value(parser)));
    }
    return new Mapping(line, entries);
  }

  private static Sequence sequence(JsonParser parser) throws IOException {
    int line = line(parser);
    List<Yaml> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      values.add(value(parser));
    }
    return new Sequence(line, values);
  }

  private static int line(JsonParser parser) {
    return parser.currentTokenLocation().getLineNr();
  }
}
