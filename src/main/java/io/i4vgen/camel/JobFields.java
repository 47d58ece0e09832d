// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.JacksonYAMLParseException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.i4vgen.generation.BadJob;
import io.i4vgen.stage.NamedFiles;
import io.i4vgen.tensor.Nearest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Reads the one object of a JSON or YAML text as plain fields, each with the place where it stands. */
final class JobFields {

  private static final String PROMPTS = "prompts";
  /** Keys whose values may be objects. */
  static final Set<String> OBJECTS = Set.of("parameters", PROMPTS);

  /** Keys whose values may be lists of files with a number each. */
  static final Map<String, Numbered> LISTS = Map.of("conditions", new Numbered("image", "frame", 0),
      "loras", new Numbered("file", "scale", 1));

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

  /**
   * How a file and its number are written.
   *
   * @param usual the number of a file that is without
   */
  record Numbered(String file, String number, int usual) {}

  /** What a value is. */
  enum Kind { TEXT, WHOLE, NUMBER, TRUTH }

  /**
   * The fields by name, those of {@code parameters} as {@code parameters.NAME}, of {@code prompts} likewise; those that
   * are null are left out.
   *
   * @throws BadJob if the text is no single object, or nests deeper
   */
  static Map<String, Field> read(String text, Source source) {
    JsonFactory factory = source.form() == Source.Form.YAML ? new YAMLFactory() : new JsonFactory();
    factory.configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION.mappedFeature(), true);
    try (JsonParser parser = factory.createParser(text)) {
      return new JobFields(parser, source.place()).all();
    } catch (JsonProcessingException e) {
      throw e instanceof JacksonYAMLParseException ? new BadJob(mistake(source.place(), YamlMistake.of(e)), e)
          : new BadJob("%s: %s".formatted(place(source.place(), e.getLocation()),
              e.getOriginalMessage().lines().findFirst().orElse("can't be read")), e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  private static String mistake(String source, YamlMistake mistake) {
    return "%s, line %d: %s".formatted(source, mistake.line(), mistake.text());
  }

  /** The same with the prompts of frames, {@code prompts.8}, in one field: {@code 0: a red star; 8: a blue star}. */
  static Map<String, Field> withPromptsTogether(Map<String, Field> fields) {
    Map<String, Field> together = new LinkedHashMap<>();
    fields.forEach((key, field) -> {
      String frame = key.startsWith(PROMPTS + ".") ? key.substring(PROMPTS.length() + 1) + ": " : "";
      together.merge(frame.isEmpty() ? key : PROMPTS,
          frame.isEmpty() ? field : new Field(frame + field.text(), Kind.TEXT, field.place()),
          (before, next) -> new Field(before.text() + "; " + next.text(), Kind.TEXT, before.place()));
    });
    return together;
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
      if (value == JsonToken.START_OBJECT && OBJECTS.contains(name)) {
        object(name + ".");
      } else if (value == JsonToken.START_ARRAY && LISTS.containsKey(name)) {
        fields.put(name, new Field(list(name, place), Kind.TEXT, place));
      } else if (value != JsonToken.VALUE_NULL) {
        fields.put(name, field(name, value, place));
      }
    }
  }

  /** A list such as {@code {image: FILE, frame: NUMBER}} or of {@code FILE@NUMBER}, as one text. */
  private String list(String list, String place) throws IOException {
    List<String> all = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      all.add(parser.currentToken() == JsonToken.START_OBJECT ? numbered(list, here())
          : NamedFiles.item(field(list, parser.currentToken(), place).text()));
    }
    return String.join(", ", all);
  }

  private String numbered(String list, String place) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      values.put(name, field(name, parser.nextToken(), here()).text());
    }
    return numbered(list, values, place);
  }

  /** {@code FILE@NUMBER} of the two, the usual number if none is said. */
  static String numbered(String list, Map<?, ?> values, String place) {
    Numbered form = LISTS.get(list);
    List<String> known = List.of(form.file, form.number);
    for (Object name : values.keySet()) {
      if (!known.contains(name)) {
        throw new BadJob("%s: '%s' is unknown in one of '%s'%s".formatted(place, name, list,
            Nearest.hint(String.valueOf(name), known)));
      }
    }
    if (values.get(form.file) == null) {
      throw new BadJob("%s: one of '%s' has no '%s'".formatted(place, list, form.file));
    }
    return "%s@%s".formatted(NamedFiles.text(values.get(form.file).toString()),
        Objects.requireNonNullElse(values.get(form.number), form.usual));
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
      case START_ARRAY -> throw several(name, "a list", '[', place);
      case START_OBJECT -> throw several(name, "an object", '{', place);
      default -> throw new BadJob("%s: '%s' must be a single value".formatted(place, name));
    };
  }

  /** To be thrown after what is worse: that it has no end. */
  private BadJob several(String name, String what, char sign, String place) throws IOException {
    parser.skipChildren();
    return new BadJob("%s: '%s' must be a single value, is %s: a text that begins with '%c' needs quotes".formatted(
        place, name, what, sign));
  }

  private String here() {
    return place(source, parser.currentTokenLocation());
  }

  private static String place(String source, JsonLocation location) {
    return location == null ? source
        : "%s, line %d, column %d".formatted(source, location.getLineNr(), location.getColumnNr());
  }
}
