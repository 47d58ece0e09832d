// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the JSON of a safetensors header from its beginning to its end, and keeps nothing but valid entries: a tree of
 * all that a header of 100 MB can hold would take some thirty times as much.
 */
final class SafetensorsJson {

  /** What a tensor's fields hold, not yet compared with the file. */
  record Entry(SafetensorsType type, long[] shape, long[] offsets) {}

  /** Takes the entries as they come. */
  interface Target {

    void tensor(String name, Entry entry);

    void metadata(String key, String value);
  }

  static final String METADATA = "__metadata__";

  private static final JsonFactory JSON = JsonFactory.builder()
      .disable(JsonFactory.Feature.INTERN_FIELD_NAMES).disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build();

  /** Torch's own limit. */
  private static final int MOST_DIMENSIONS = 64;

  private final String file;
  private final JsonParser parser;
  private final long[] numbers = new long[MOST_DIMENSIONS];

  private SafetensorsJson(String file, JsonParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /** @throws BadWeights if it is no JSON, or an entry lacks what it must have */
  static void read(String file, byte[] json, Target target) {
    try (JsonParser parser = JSON.createParser(json)) {
      new SafetensorsJson(file, parser).read(target);
    } catch (JsonProcessingException e) {
      throw new BadWeights("%s: its header is not readable JSON: %s".formatted(
          file, Quoted.of(e.getOriginalMessage())), e);
    } catch (IOException e) {
      throw new BadWeights("%s: its header is not readable: %s".formatted(file, Quoted.of(e.getMessage())), e);
    }
  }

  private void read(Target target) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new BadWeights("%s: its header is JSON %s, expected an object".formatted(file, kind()));
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (name.equals(METADATA)) {
        readMetadata(target);
      } else {
        target.tensor(name, entry(name));
      }
    }
    if (parser.nextToken() != null) {
      throw new BadWeights("%s: its header is not readable JSON: %s after its end".formatted(file, kind()));
    }
  }

  private void readMetadata(Target target) throws IOException {
    if (!parser.isExpectedStartObjectToken()) {
      throw new BadWeights("%s: %s is JSON %s, expected an object".formatted(file, METADATA, kind()));
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw new BadWeights("%s: %s entry %s is %s, expected a text".formatted(
            file, METADATA, Quoted.of(key), value()));
      }
      target.metadata(key, parser.getText());
    }
  }

  private Entry entry(String name) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (!parser.isExpectedStartObjectToken()) {
      throw bad(name, "is %s, expected an object".formatted(value()));
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      Object value = switch (field) {
        case "dtype" -> type(name);
        case "shape" -> longs(name, field, -1);
        case "data_offsets" -> longs(name, field, 2);
        default -> {
          parser.skipChildren();
          yield null;
        }
      };
      if (value != null && fields.put(field, value) != null) {
        throw bad(name, "has its %s twice".formatted(field));
      }
    }
    for (String field : new String[] {"dtype", "shape", "data_offsets"}) {
      if (!fields.containsKey(field)) {
        throw bad(name, "has no %s".formatted(field));
      }
    }
    return new Entry((SafetensorsType) fields.get("dtype"), (long[]) fields.get("shape"),
        (long[]) fields.get("data_offsets"));
  }

  private SafetensorsType type(String name) throws IOException {
    String text = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
    Optional<SafetensorsType> type = SafetensorsType.named(text);
    if (type.isEmpty()) {
      throw bad(name, "has dtype %s, expected one of %s".formatted(
          value(), Arrays.toString(SafetensorsType.values())));
    }
    return type.get();
  }

  private long[] longs(String name, String field, int count) throws IOException {
    int found = 0;
    boolean fits = parser.isExpectedStartArrayToken();
    while (fits && parser.nextToken() != JsonToken.END_ARRAY) {
      fits = found < (count < 0 ? MOST_DIMENSIONS : count) && parser.currentToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER && parser.getLongValue() >= 0;
      if (fits) {
        numbers[found++] = parser.getLongValue();
      }
    }
    if (!fits || found < count) {
      String before = found == 0 ? "" : Quoted.of(Arrays.toString(Arrays.copyOf(numbers, found))) + " and then ";
      throw bad(name, "has %s %s%s, expected %s whole numbers from 0%s".formatted(field, before, value(),
          count < 0 ? "a list of" : count, count < 0 ? ", %d at most".formatted(MOST_DIMENSIONS) : ""));
    }
    return Arrays.copyOf(numbers, found);
  }

  /** The current value; how it begins if it is a list or an object. */
  private String value() throws IOException {
    String text = Quoted.of(parser.getText());
    return parser.currentToken() == JsonToken.VALUE_STRING ? '"' + text + '"' : text;
  }

  /** The kind of the current value, as JSON calls it. */
  private String kind() {
    return String.valueOf(parser.currentToken()).replaceFirst("^(START|VALUE)_", "");
  }

  private BadWeights bad(String tensor, String what) {
    return new BadWeights("%s: tensor %s %s".formatted(file, Quoted.of(tensor), what));
  }
}
