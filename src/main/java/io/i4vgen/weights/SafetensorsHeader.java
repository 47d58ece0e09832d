// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.types.Shape;
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
    Table table = new Table(file, LENGTH_BYTES + json.length, fileSize);
    SafetensorsJson.read(file, json, table);
    checkNoOverlap(file, table.tensors);
    return new SafetensorsHeader(Collections.unmodifiableMap(table.tensors),
        Collections.unmodifiableMap(table.metadata));
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
            .formatted(file, Quoted.of(info.name()), Quoted.of(before.name()), info.offset(),
                before.offset() + before.length()));
      }
    }
  }

  /** The entries so far. */
  private static final class Table implements SafetensorsJson.Target {

    /** What Java needs for an entry beside its texts. */
    private static final int ENTRY = 256;

    private final String file;
    private final long dataStart;
    private final long dataSize;
    private final Allowance memory;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Table(String file, long dataStart, long fileSize) {
      this.file = file;
      this.dataStart = dataStart;
      this.dataSize = fileSize - dataStart;
      this.memory = Allowance.of(fileSize);
    }

    @Override
    public void metadata(String key, String value) {
      take(key.length() + value.length());
      if (metadata.put(key, value) != null) {
        throw new BadWeights("%s: two entries of %s are called %s".formatted(
            file, SafetensorsJson.METADATA, Quoted.of(key)));
      }
    }

    @Override
    public void tensor(String name, SafetensorsJson.Entry entry) {
      take(name.length() + 3L * Long.BYTES * entry.shape().length);
      long begin = entry.offsets()[0];
      long end = entry.offsets()[1];
      if (begin > end || end > dataSize) {
        throw bad(name, "lies at bytes %d to %d of the data, expected within 0 to %d (truncated file?)"
            .formatted(begin, end, dataSize));
      }
      long expected = byteSize(name, entry);
      if (end - begin != expected) {
        throw bad(name, "holds %d bytes, expected %d for %s of shape %s"
            .formatted(end - begin, expected, entry.type(), Quoted.of(Arrays.toString(entry.shape()))));
      }
      TensorInfo info = new TensorInfo(name, entry.type().type, new Shape(entry.shape()), dataStart + begin, expected);
      if (tensors.put(name, info) != null) {
        throw bad(name, "is there twice");
      }
    }

    private long byteSize(String name, SafetensorsJson.Entry entry) {
      try {
        return Arrays.stream(entry.shape()).reduce(entry.type().type.getNumOfBytes(), Math::multiplyExact);
      } catch (ArithmeticException e) {
        throw bad(name, "has shape %s, more elements than a file can hold"
            .formatted(Quoted.of(Arrays.toString(entry.shape()))));
      }
    }

    private void take(long bytes) {
      memory.take(ENTRY + bytes, file, ": its header: ");
    }

    private BadWeights bad(String name, String what) {
      return new BadWeights("%s: tensor %s %s".formatted(file, Quoted.of(name), what));
    }
  }
}
