// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The table of contents of a safetensors file: 8 bytes with its length, then a JSON object of
 * {@code name: {dtype, shape, data_offsets: [begin, end]}}, offsets counted from its end. Every entry is checked
 * against the bounds of the file and against the others.
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {

  /** The form's own limit; a longer header is damage, not data. */
  static final long MAX_HEADER = 100_000_000;

  static final int LENGTH_BYTES = 8;

  private static final String METADATA = "__metadata__";

  private static final ObjectMapper JSON = JsonMapper.builder()
      .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /** Checks the length of the header of a file of {@code fileSize} bytes, and returns it. */
  static int checkedLength(String file, long headerLength, long fileSize) {
    if (headerLength < 2 || headerLength > MAX_HEADER) {
      throw new BadWeights("%s: its header claims %s bytes, expected 2 to %d; not a safetensors file?"
          .formatted(file, Long.toUnsignedString(headerLength), MAX_HEADER));
    }
    if (LENGTH_BYTES + headerLength > fileSize) {
      throw new BadWeights("%s: truncated inside the header: expected at least %d bytes, found %d"
          .formatted(file, LENGTH_BYTES + headerLength, fileSize));
    }
    return (int) headerLength;
  }

  static SafetensorsHeader parse(String file, byte[] json, long fileSize) {
    JsonNode root = readObject(file, json);
    long dataStart = LENGTH_BYTES + json.length;
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    root.properties().forEach(entry -> {
      if (entry.getKey().equals(METADATA)) {
        readMetadata(file, entry.getValue(), metadata);
      } else {
        Entry reader = new Entry(file, entry.getKey(), entry.getValue());
        tensors.put(entry.getKey(), reader.read(dataStart, fileSize));
      }
    });
    checkNoOverlap(file, tensors);
    return new SafetensorsHeader(Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
  }

  private static JsonNode readObject(String file, byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (!root.isObject()) {
        throw new BadWeights("%s: its header is JSON %s, expected an object".formatted(file, root.getNodeType()));
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new BadWeights("%s: its header is not readable JSON: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new BadWeights("%s: its header is not readable: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void readMetadata(String file, JsonNode node, Map<String, String> metadata) {
    if (!node.isObject()) {
      throw new BadWeights("%s: %s is JSON %s, expected an object".formatted(file, METADATA, node.getNodeType()));
    }
    node.properties().forEach(entry -> {
      if (!entry.getValue().isTextual()) {
        throw new BadWeights("%s: %s entry %s is %s, expected a text"
            .formatted(file, METADATA, entry.getKey(), entry.getValue()));
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    });
  }

  private static void checkNoOverlap(String file, Map<String, TensorInfo> tensors) {
    List<TensorInfo> sorted = new ArrayList<>(tensors.values());
    sorted.removeIf(info -> info.length() == 0);
    sorted.sort(Comparator.comparingLong(TensorInfo::offset));
    for (int i = 1; i < sorted.size(); i++) {
      TensorInfo before = sorted.get(i - 1);
      TensorInfo info = sorted.get(i);
      if (info.offset() < before.offset() + before.length()) {
        throw new BadWeights("%s: tensor %s overlaps %s: it begins at byte %d, expected %d or later"
            .formatted(file, info.name(), before.name(), info.offset(), before.offset() + before.length()));
      }
    }
  }

  /** One line of the table. */
  private record Entry(String file, String name, JsonNode node) {

    TensorInfo read(long dataStart, long fileSize) {
      SafetensorsType type = type();
      long[] dimensions = longs("shape", -1);
      long[] offsets = longs("data_offsets", 2);
      long length = checkedRange(offsets, fileSize - dataStart);
      long expected = byteSize(dimensions, type);
      if (length != expected) {
        throw bad("holds %d bytes, expected %d for %s of shape %s"
            .formatted(length, expected, type, Arrays.toString(dimensions)));
      }
      return new TensorInfo(name, type.type, new Shape(dimensions), dataStart + offsets[0], length);
    }

    private SafetensorsType type() {
      JsonNode dtype = node.path("dtype");
      return SafetensorsType.named(dtype.asText()).orElseThrow(() -> bad(
          "has dtype %s, expected one of %s".formatted(dtype, Arrays.toString(SafetensorsType.values()))));
    }

    private long[] longs(String field, int count) {
      JsonNode array = node.path(field);
      boolean fits = array.isArray() && (count < 0 || array.size() == count);
      for (JsonNode element : array) {
        fits &= element.isIntegralNumber() && element.canConvertToLong() && element.longValue() >= 0;
      }
      if (!fits) {
        throw bad("has %s %s, expected %s whole numbers from 0"
            .formatted(field, array, count < 0 ? "a list of" : count));
      }
      long[] values = new long[array.size()];
      Arrays.setAll(values, i -> array.get(i).longValue());
      return values;
    }

    private long checkedRange(long[] offsets, long dataSize) {
      if (offsets[0] > offsets[1] || offsets[1] > dataSize) {
        throw bad("lies at bytes %d to %d of the data, expected within 0 to %d (truncated file?)"
            .formatted(offsets[0], offsets[1], dataSize));
      }
      return offsets[1] - offsets[0];
    }

    private long byteSize(long[] dimensions, SafetensorsType type) {
      try {
        return Arrays.stream(dimensions).reduce(type.type.getNumOfBytes(), Math::multiplyExact);
      } catch (ArithmeticException e) {
        throw bad("has shape %s, more elements than a file can hold".formatted(Arrays.toString(dimensions)));
      }
    }

    private BadWeights bad(String what) {
      return new BadWeights("%s: tensor %s %s".formatted(file, name, what));
    }
  }
}
