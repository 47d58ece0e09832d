// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the entries of a zip file lie in it, so that they can be mapped instead of read (APPNOTE 4.3 to 4.5). Torch
 * stores its entries uncompressed; a compressed one is refused when it is located.
 */
final class ZipIndex {

  /**
   * An entry, bounds checked against the file and against the others.
   *
   * @param offset of its first byte of data in the file
   * @param size in bytes
   */
  record Entry(String name, long offset, long size) {}

  static final int LOCAL_HEADER = 0x04034b50;

  private static final int CENTRAL_HEADER = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;

  private static final int LOCAL_LENGTH = 30;
  private static final int CENTRAL_LENGTH = 46;
  private static final int END_LENGTH = 22;
  private static final int END_64_LENGTH = 56;
  private static final int LOCATOR_64_LENGTH = 20;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final int MAX_DIRECTORY = 1 << 26;
  private static final long IN_EXTRA = 0xffff_ffffL;

  /** What Java needs for an entry beside its name. */
  private static final int ENTRY = 256;

  private final ByteSource source;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Allowance memory;

  private ZipIndex(ByteSource source) {
    this.source = source;
    this.memory = Allowance.of(source.size());
  }

  /** @throws BadWeights if it is damaged, truncated or compressed */
  static Map<String, Entry> read(ByteSource source) {
    return new ZipIndex(source).read();
  }

  private Map<String, Entry> read() {
    ByteBuffer directory = directory();
    while (directory.remaining() >= CENTRAL_LENGTH) {
      Entry entry = entry(directory);
      if (!entry.name().endsWith("/") && entries.put(entry.name(), entry) != null) {
        throw bad("two entries are called %s", Quoted.of(entry.name()));
      }
    }
    requireNoOverlap();
    return Collections.unmodifiableMap(entries);
  }

  private ByteBuffer directory() {
    long end = endPosition();
    ByteBuffer record = source.read(end, END_LENGTH);
    long size = Integer.toUnsignedLong(record.getInt(12));
    long offset = Integer.toUnsignedLong(record.getInt(16));
    if (end >= LOCATOR_64_LENGTH) {
      ByteBuffer locator = source.read(end - LOCATOR_64_LENGTH, LOCATOR_64_LENGTH);
      if (locator.getInt(0) == LOCATOR_64) {
        ByteBuffer wide = source.read(locator.getLong(8), END_64_LENGTH);
        require(wide.getInt(0) == END_64, "its end has no signature");
        size = wide.getLong(40);
        offset = wide.getLong(48);
      }
    }
    require(size >= 0 && size <= MAX_DIRECTORY, "its directory claims %s bytes, expected at most %d",
        Long.toUnsignedString(size), MAX_DIRECTORY);
    return source.read(offset, size);
  }

  /** Looks backwards for the record that ends every zip file, before a comment. */
  private long endPosition() {
    int length = (int) Math.min(source.size(), END_LENGTH + LONGEST_COMMENT);
    ByteBuffer tail = source.read(source.size() - length, length);
    for (int at = length - END_LENGTH; at >= 0; at--) {
      if (tail.getInt(at) == END) {
        return source.size() - length + at;
      }
    }
    throw bad("it has no directory at its end (truncated file?)");
  }

  private Entry entry(ByteBuffer directory) {
    ByteBuffer header = directory.slice().order(directory.order());
    require(header.getInt(0) == CENTRAL_HEADER, "an entry of its directory has no signature");
    int nameLength = Short.toUnsignedInt(header.getShort(28));
    int extraLength = Short.toUnsignedInt(header.getShort(30));
    int length = CENTRAL_LENGTH + nameLength + extraLength + Short.toUnsignedInt(header.getShort(32));
    require(length <= header.remaining(), "an entry of its directory is cut off");
    memory.take(ENTRY + 2L * nameLength, source.name(), ": its directory: ");
    byte[] name = new byte[nameLength];
    header.get(CENTRAL_LENGTH, name);
    directory.position(directory.position() + length);
    ByteBuffer extra = header.slice(CENTRAL_LENGTH + nameLength, extraLength).order(header.order());
    return located(new String(name, StandardCharsets.UTF_8), header, extra);
  }

  private Entry located(String name, ByteBuffer header, ByteBuffer extra) {
    int method = header.getShort(10);
    require((header.getShort(8) & 1) == 0, "entry %s is encrypted", Quoted.of(name));
    require(method == 0, "entry %s is compressed (method %d), expected stored as torch.save writes it",
        Quoted.of(name), method);
    long[] values = {Integer.toUnsignedLong(header.getInt(24)), Integer.toUnsignedLong(header.getInt(20)),
        Integer.toUnsignedLong(header.getInt(42))};
    widen(values, extra);
    require(values[0] == values[1], "entry %s has two sizes, %d and %d", Quoted.of(name), values[0], values[1]);
    ByteBuffer local = source.read(values[2], LOCAL_LENGTH);
    require(local.getInt(0) == LOCAL_HEADER, "entry %s does not lie where its directory says", Quoted.of(name));
    long start = values[2] + LOCAL_LENGTH + Short.toUnsignedInt(local.getShort(26))
        + Short.toUnsignedInt(local.getShort(28));
    require(start <= source.size() && values[0] >= 0 && values[0] <= source.size() - start,
        "entry %s claims %s bytes from byte %d of %d (truncated file?)", Quoted.of(name),
        Long.toUnsignedString(values[0]), start, source.size());
    return new Entry(name, start, values[0]);
  }

  /** Size, compressed size and offset of an entry that are too large for their field are in an extra one. */
  private void widen(long[] values, ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int id = extra.getShort();
      int length = Short.toUnsignedInt(extra.getShort());
      require(length <= extra.remaining(), "an extra field of its directory is cut off");
      ByteBuffer field = extra.slice(extra.position(), length).order(extra.order());
      for (int i = 0; id == 1 && i < values.length; i++) {
        values[i] = values[i] == IN_EXTRA && field.remaining() >= Long.BYTES ? field.getLong() : values[i];
      }
      extra.position(extra.position() + length);
    }
  }

  private void requireNoOverlap() {
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(Entry::offset));
    for (int i = 1; i < sorted.size(); i++) {
      Entry before = sorted.get(i - 1);
      require(sorted.get(i).offset() >= before.offset() + before.size(), "entry %s overlaps %s",
          Quoted.of(sorted.get(i).name()), Quoted.of(before.name()));
    }
  }

  private void require(boolean sound, String message, Object... values) {
    if (!sound) {
      throw bad(message, values);
    }
  }

  private BadWeights bad(String message, Object... values) {
    return new BadWeights("%s: a damaged zip file: %s".formatted(source.name(), message.formatted(values)));
  }
}
