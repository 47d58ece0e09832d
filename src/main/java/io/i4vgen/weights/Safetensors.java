// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * A safetensors file: a JSON table of contents and the raw tensors. A file is memory-mapped or copied tensor by tensor,
 * so it may be of any size and its data is read only when asked for; tensors that came as bytes are viewed in place.
 * The header is checked when the file is opened.
 */
public final class Safetensors implements WeightsFile {

  /** Text entries of a file that is written. */
  @FunctionalInterface
  public interface Entries {

    /** @param bytes of the tensors by name, read-only, which are as they are going to be in the file */
    Map<String, String> of(Map<String, ByteBuffer> bytes);
  }

  private final ByteSource source;
  private final SafetensorsHeader header;

  private Safetensors(ByteSource source) {
    this.source = source;
    this.header = readHeader(source);
  }

  /**
   * Opens a file; close it when its tensors are loaded.
   *
   * @throws BadWeights if it is not a sound safetensors file
   * @throws UncheckedIOException if it cannot be read
   */
  public static Safetensors open(Path path) {
    return of(ByteSource.open(path));
  }

  /** Views the bytes of a whole safetensors file; {@code name} stands for the file in messages. */
  public static Safetensors of(byte[] bytes, String name) {
    return of(ByteBuffer.wrap(bytes), name);
  }

  /** Views the bytes of a whole safetensors file, from the buffer's position to its limit. */
  public static Safetensors of(ByteBuffer bytes, String name) {
    return of(ByteSource.of(bytes, name));
  }

  /** Closes the source if that fails. */
  static Safetensors of(ByteSource source) {
    try {
      return new Safetensors(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** Writes tensors and text entries; the same content gives the same bytes, whatever the order of the maps. */
  public static void write(OutputStream out, Map<String, NDArray> tensors, Map<String, String> metadata)
      throws IOException {
    write(out, tensors, bytes -> metadata);
  }

  /** The same with text entries that depend on the tensors' bytes. */
  public static void write(OutputStream out, Map<String, NDArray> tensors, Entries metadata) throws IOException {
    new SafetensorsWriter(tensors, metadata).write(out);
  }

  /** Writes a file that is either complete and on disk, or not there: a temporary file, synced, then renamed. */
  public static void write(Path path, Map<String, NDArray> tensors, Map<String, String> metadata)
      throws IOException {
    write(path, tensors, bytes -> metadata);
  }

  /** The same with text entries that depend on the tensors' bytes. */
  public static void write(Path path, Map<String, NDArray> tensors, Entries metadata) throws IOException {
    new SafetensorsWriter(tensors, metadata).write(path);
  }

  @Override
  public Path path() {
    return Path.of(source.name());
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
    TensorInfo info = info(name);
    return source.view(info.offset(), info.length());
  }

  @Override
  public ByteBuffer copy(String name, ByteBuffer target) {
    TensorInfo info = info(name);
    return source.read(info.offset(), target.limit(target.position() + (int) info.length()));
  }

  private TensorInfo info(String name) {
    TensorInfo info = tensors().get(name);
    if (info == null) {
      throw new BadWeights("%s: has no tensor %s".formatted(source.name(), Quoted.of(name)));
    }
    if (info.length() > Integer.MAX_VALUE) {
      throw new BadWeights("%s: tensor %s has %d bytes, expected at most %d"
          .formatted(source.name(), Quoted.of(name), info.length(), Integer.MAX_VALUE));
    }
    return info;
  }

  @Override
  public void close() {
    source.close();
  }

  private static SafetensorsHeader readHeader(ByteSource source) {
    if (source.size() < SafetensorsHeader.LENGTH_BYTES) {
      throw new BadWeights("%s: truncated: expected at least %d bytes, found %d"
          .formatted(source.name(), SafetensorsHeader.LENGTH_BYTES, source.size()));
    }
    long claimed = source.read(0, SafetensorsHeader.LENGTH_BYTES).getLong();
    int length = SafetensorsHeader.checkedLength(source.name(), claimed, source.size());
    byte[] json = source.read(SafetensorsHeader.LENGTH_BYTES, length).array();
    return SafetensorsHeader.parse(source.name(), json, source.size());
  }
}
