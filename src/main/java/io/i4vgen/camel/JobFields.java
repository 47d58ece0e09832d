// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the one object of a JSON or YAML text as plain fields, each with the place where it stands. */
final class JobFields {

  private static final String PARAMETERS = "parameters";

  private final JsonParser parser;
  private final String source;
  private final Map<String, Field> fields = new LinkedHashMap<>();

  private JobFields(JsonParser parser, String source) {
    this.parser = parser;
    this.source = source;
  }

  /**
   * A value without structure.
   *
   * @param text the value as it is written, without quotes
   * @param kind what it is
   * @param place where it stands: {@code cat.yaml, line 3, column 7}
   */
  record Field(String text, Kind kind, String place) {}

  /** What a value is. */
  enum Kind { TEXT, WHOLE, NUMBER, TRUTH }

  /**
   * The fields by name, those of {@code parameters} as {@code parameters.NAME}; those that are null are left out.
   *
   * @throws BadJob if the text is no single object, or nests deeper
   */
  static Map<String, Field> read(String text, Source source) {
    JsonFactory factory = source.form() == Source.Form.YAML ? new YAMLFactory() : new JsonFactory();
    factory.configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION.mappedFeature(), true);
    try (JsonParser parser = factory.createParser(text)) {
      return new JobFields(parser, source.place()).all();
    } catch (JsonProcessingException e) {
      throw new BadJob("%s: %s".formatted(place(source.place(), e.getLocation()),
          e.getOriginalMessage().lines().findFirst().orElse("can't be read")), e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  private Map<String, Field> all() throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new BadJob("%s: must hold 'prompt: ...' and other keys, not a bare value".formatted(here()));
    }
    object("");
    if (parser.nextToken() != null) {
      throw new BadJob("%s: must hold one job, but here begins another".formatted(here()));
    }
    return fields;
  }

  private void object(String prefix) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = prefix + parser.currentName();
      String place = here();
      JsonToken value = parser.nextToken();
      if (value == JsonToken.START_OBJECT && name.equals(PARAMETERS)) {
        object(PARAMETERS + ".");
      } else if (value != JsonToken.VALUE_NULL) {
        fields.put(name, field(name, value, place));
      }
    }
  }

  private Field field(String name, JsonToken token, String place) throws IOException {
    if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
      throw new BadJob("%s: '%s' is an alias; write the value itself".formatted(place, name));
    }
    return switch (token) {
      case VALUE_STRING -> new Field(parser.getText(), Kind.TEXT, place);
      case VALUE_NUMBER_INT -> new Field(parser.getText(), Kind.WHOLE, place);
      case VALUE_NUMBER_FLOAT -> new Field(parser.getText(), Kind.NUMBER, place);
      case VALUE_TRUE, VALUE_FALSE -> new Field(parser.getText(), Kind.TRUTH, place);
      default -> throw new BadJob("%s: '%s' must be a single value".formatted(place, name));
    };
  }

  private String here() {
    return place(source, parser.currentTokenLocation());
  }

  private static String place(String source, JsonLocation location) {
    return location == null ? source
        : "%s, line %d, column %d".formatted(source, location.getLineNr(), location.getColumnNr());
  }
}
