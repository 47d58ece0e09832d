// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A safetensors file: a JSON table of contents and the raw tensors. A file is memory-mapped tensor by tensor, so it may
 * be of any size and its data is read only when asked for; tensors that came as bytes are viewed in place. The header is
 * checked when the file is opened.
 */
public final class Safetensors implements WeightsFile {

  /** Finds the bytes of a tensor. */
  @FunctionalInterface
  private interface Source {
    ByteBuffer slice(TensorInfo info) throws IOException;
  }

  private final Path path;
  private final SafetensorsHeader header;
  private final Source source;
  private final AutoCloseable owner;

  private Safetensors(Path path, SafetensorsHeader header, Source source, AutoCloseable owner) {
    this.path = path;
    this.header = header;
    this.source = source;
    this.owner = owner;
  }

  /**
   * Opens a file; close it when its tensors are loaded.
   *
   * @throws BadWeights if it is not a sound safetensors file
   * @throws UncheckedIOException if it cannot be read
   */
  public static Safetensors open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        SafetensorsHeader header = readHeader(path.toString(), channel);
        return new Safetensors(path, header, info -> map(channel, info), channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("%s: cannot be read: %s".formatted(path, e), e);
    }
  }

  /** Views the bytes of a whole safetensors file; {@code name} stands for the file in messages. */
  public static Safetensors of(byte[] bytes, String name) {
    return of(ByteBuffer.wrap(bytes), name);
  }

  /** Views the bytes of a whole safetensors file, from the buffer's position to its limit. */
  public static Safetensors of(ByteBuffer bytes, String name) {
    ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    requireLengthField(name, data.remaining());
    int length = SafetensorsHeader.checkedLength(name, data.getLong(0), data.remaining());
    byte[] json = new byte[length];
    data.get(SafetensorsHeader.LENGTH_BYTES, json);
    SafetensorsHeader header = SafetensorsHeader.parse(name, json, data.remaining());
    return new Safetensors(Path.of(name), header, info -> slice(data, info), () -> { });
  }

  /** Writes tensors and text entries; the same content gives the same bytes, whatever the order of the maps. */
  public static void write(OutputStream out, Map<String, NDArray> tensors, Map<String, String> metadata)
      throws IOException {
    new SafetensorsWriter(tensors, metadata).write(out);
  }

  /** Writes a file that is either complete and on disk, or not there: a temporary file, synced, then renamed. */
  public static void write(Path path, Map<String, NDArray> tensors, Map<String, String> metadata)
      throws IOException {
    new SafetensorsWriter(tensors, metadata).write(path);
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return header.tensors();
  }

  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public ByteBuffer bytes(String name) {
    TensorInfo info = tensors().get(name);
    if (info == null) {
      throw new BadWeights("%s: has no tensor %s".formatted(path, name));
    }
    if (info.length() > Integer.MAX_VALUE) {
      throw new BadWeights("%s: tensor %s has %d bytes, expected at most %d"
          .formatted(path, name, info.length(), Integer.MAX_VALUE));
    }
    try {
      return source.slice(info).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException("%s: tensor %s cannot be read: %s".formatted(path, name, e), e);
    }
  }

  @Override
  public void close() {
    try {
      owner.close();
    } catch (Exception e) {
      throw new IllegalStateException("%s: cannot be closed: %s".formatted(path, e), e);
    }
  }

  private static SafetensorsHeader readHeader(String file, FileChannel channel) throws IOException {
    long size = channel.size();
    requireLengthField(file, size);
    ByteBuffer lengthField = read(channel, 0, SafetensorsHeader.LENGTH_BYTES);
    int length = SafetensorsHeader.checkedLength(file, lengthField.getLong(0), size);
    ByteBuffer json = read(channel, SafetensorsHeader.LENGTH_BYTES, length);
    return SafetensorsHeader.parse(file, json.array(), size);
  }

  private static void requireLengthField(String file, long size) {
    if (size < SafetensorsHeader.LENGTH_BYTES) {
      throw new BadWeights("%s: truncated: expected at least %d bytes, found %d"
          .formatted(file, SafetensorsHeader.LENGTH_BYTES, size));
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file ended at byte " + (position + buffer.position()));
      }
    }
    return buffer;
  }

  private static ByteBuffer map(FileChannel channel, TensorInfo info) throws IOException {
    if (info.length() == 0) {
      return ByteBuffer.allocateDirect(0);
    }
    return channel.map(FileChannel.MapMode.READ_ONLY, info.offset(), info.length());
  }

  private static ByteBuffer slice(ByteBuffer data, TensorInfo info) {
    return data.slice((int) info.offset(), (int) info.length()).asReadOnlyBuffer();
  }
}
