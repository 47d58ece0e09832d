// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;

/**
 * The tensors of one safetensors file by name. This small reader is the harness's own on purpose: a mistake in the
 * reader that the pipelines use cannot hide in both sides of a comparison.
 *
 * @param file where they were read from
 * @param byName each tensor as stored
 */
public record Tensors(Path file, Map<String, NDArray> byName) {

  static Tensors read(Path file, NDManager manager) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      byte[] header = new byte[Math.toIntExact(bytes.getLong())];
      bytes.get(header);
      JsonNode json = new ObjectMapper().readTree(new String(header, StandardCharsets.UTF_8));
      ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
      Map<String, NDArray> byName = new TreeMap<>();
      json.fields().forEachRemaining(e -> {
        if (!e.getKey().equals("__metadata__")) {
          byName.put(e.getKey(), tensor(e.getValue(), data, manager));
        }
      });
      return new Tensors(file, byName);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }

  private static NDArray tensor(JsonNode entry, ByteBuffer data, NDManager manager) {
    int begin = entry.path("data_offsets").path(0).asInt();
    int end = entry.path("data_offsets").path(1).asInt();
    ByteBuffer direct = ByteBuffer.allocateDirect(end - begin).order(ByteOrder.LITTLE_ENDIAN);
    direct.put(data.slice(begin, end - begin)).rewind();
    long[] shape = StreamSupport.stream(entry.path("shape").spliterator(), false).mapToLong(JsonNode::asLong).toArray();
    return manager.create(direct, new Shape(shape), type(entry.path("dtype").asText()));
  }

  private static DataType type(String name) {
    return switch (name) {
      case "F64" -> DataType.FLOAT64;
      case "F32" -> DataType.FLOAT32;
      case "F16" -> DataType.FLOAT16;
      case "BF16" -> DataType.BFLOAT16;
      case "I64" -> DataType.INT64;
      case "I32" -> DataType.INT32;
      case "I8" -> DataType.INT8;
      case "U8" -> DataType.UINT8;
      case "BOOL" -> DataType.BOOLEAN;
      default -> throw new IllegalArgumentException("safetensors dtype " + name + " is not supported");
    };
  }

  /** The tensor {@code name}; fails, listing what there is, when the file has none of that name. */
  public NDArray get(String name) {
    NDArray tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(file + ": no tensor \"" + name + "\"; it has " + byName.keySet());
    }
    return tensor;
  }

  /** Whole numbers, such as a scheduler's timesteps. */
  double[] wholes(String name) {
    return LongStream.of(get(name).toLongArray()).asDoubleStream().toArray();
  }

  public boolean has(String name) {
    return byName.containsKey(name);
  }

  public Set<String> names() {
    return byName.keySet();
  }
}
