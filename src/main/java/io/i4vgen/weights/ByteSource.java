// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The bytes of a weights file, on disk or in memory. Whoever asks for bytes beyond its end gets an error before
 * anything is allocated, so that no number read from a file makes memory grow beyond the file.
 */
final class ByteSource implements AutoCloseable {

  /** In bytes. Few mappings for a file, since the system has room for 65,000 of them and Java ends them late. */
  private static final long PIECE = 1L << 30;

  /** Maps a range that is known to lie inside. */
  @FunctionalInterface
  private interface Range {
    ByteBuffer at(long offset, int length) throws IOException;
  }

  /** Fills a buffer from a position; all of it is known to lie inside. */
  @FunctionalInterface
  private interface Copy {
    void into(ByteBuffer target, long offset) throws IOException;
  }

  private final String name;
  private final long size;
  private final Copy copy;
  private final Range view;
  private final AutoCloseable owner;

  private ByteSource(String name, long size, Copy copy, Range view, AutoCloseable owner) {
    this.name = name;
    this.size = size;
    this.copy = copy;
    this.view = view;
    this.owner = owner;
  }

  /** @throws UncheckedIOException if the file cannot be opened */
  static ByteSource open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      Map<Long, ByteBuffer> pieces = new HashMap<>();
      return new ByteSource(path.toString(), channel.size(), (target, offset) -> fill(target, channel, offset),
          (offset, length) -> mapped(channel, pieces, offset, length), channel);
    } catch (IOException e) {
      throw new UncheckedIOException("%s: cannot be read: %s".formatted(path, e), e);
    }
  }

  /** The bytes from the buffer's position to its limit; {@code name} stands for the file in messages. */
  static ByteSource of(ByteBuffer bytes, String name) {
    ByteBuffer all = bytes.slice().asReadOnlyBuffer();
    Range slice = (offset, length) -> all.slice((int) offset, length);
    Copy copy = (target, offset) -> target.put(all.slice((int) offset, target.remaining()));
    return new ByteSource(name, all.remaining(), copy, slice, () -> { });
  }

  /** A part of a piece that is mapped once; what lies in two of them is mapped by itself. */
  private static ByteBuffer mapped(FileChannel channel, Map<Long, ByteBuffer> pieces, long offset, int length)
      throws IOException {
    long start = offset / PIECE * PIECE;
    if (offset + length > start + PIECE) {
      return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
    }
    synchronized (pieces) {
      ByteBuffer piece = pieces.get(start);
      if (piece == null) {
        piece = channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min(PIECE, channel.size() - start));
        pieces.put(start, piece);
      }
      return piece.slice((int) (offset - start), length);
    }
  }

  private static void fill(ByteBuffer target, FileChannel channel, long offset) throws IOException {
    long position = offset;
    while (target.hasRemaining()) {
      int count = channel.read(target, position);
      if (count < 0) {
        throw new IOException("the file ended at byte " + position);
      }
      position += count;
    }
  }

  String name() {
    return name;
  }

  long size() {
    return size;
  }

  /** Some bytes, little-endian: for the parts of a file that say what is in it. */
  ByteBuffer read(long offset, long length) {
    requireInside(offset, length);
    return read(offset, ByteBuffer.allocate((int) length));
  }

  /** Fills a buffer with the bytes from a position on, and returns it, little-endian and ready to be read. */
  ByteBuffer read(long offset, ByteBuffer target) {
    requireInside(offset, target.remaining());
    try {
      int start = target.position();
      copy.into(target, offset);
      return target.limit(target.position()).position(start).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw unreadable(offset, target.remaining(), e);
    }
  }

  /** Bytes as they lie in the file, little-endian and read-only; direct and not read yet if it is on disk. */
  ByteBuffer view(long offset, long length) {
    requireInside(offset, length);
    try {
      return length == 0
          ? ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN)
          : view.at(offset, (int) length).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw unreadable(offset, length, e);
    }
  }

  private UncheckedIOException unreadable(long offset, long length, IOException cause) {
    return new UncheckedIOException("%s: bytes %d to %d cannot be read: %s"
        .formatted(name, offset, offset + length, cause), cause);
  }

  private void requireInside(long offset, long length) {
    try {
      Objects.checkFromIndexSize(offset, length, size);
    } catch (IndexOutOfBoundsException e) {
      throw new BadWeights("%s: truncated: it has %d bytes, expected %s more from byte %s"
          .formatted(name, size, Long.toUnsignedString(length), Long.toUnsignedString(offset)), e);
    }
    if (length > Integer.MAX_VALUE) {
      throw new BadWeights("%s: a part of %d bytes, expected at most %d".formatted(name, length, Integer.MAX_VALUE));
    }
  }

  @Override
  public void close() {
    try {
      owner.close();
    } catch (Exception e) {
      throw new IllegalStateException("%s: cannot be closed: %s".formatted(name, e), e);
    }
  }
}
