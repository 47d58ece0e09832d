// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Makes tensors of the bytes of files: where the tensor's memory is the processor's own and the number format stays,
 * they are mapped or read straight into it, otherwise read by way of one buffer, which all tensors share.
 */
final class TensorReader {

  private static final List<DataType> FLOATS = List.of(DataType.FLOAT32, DataType.FLOAT16, DataType.FLOAT64);

  /** In bytes. A smaller tensor is copied as soon as it is mapped, and the system maps only so many pieces. */
  private static final int SMALLEST_VIEW = 1 << 15;

  /** In bytes, of the systems whose pages are smallest. */
  private static final int PAGE = 4096;

  private final NDManager manager;
  private final DataType floats;
  private final boolean direct;
  private final long largest;
  private ByteBuffer stored = ByteBuffer.allocateDirect(0);
  private ByteBuffer widened = ByteBuffer.allocateDirect(0);
  /** What becomes of bytes that are only to be in memory: no compiler may leave the reading out. */
  private byte touched;

  /**
   * @param floats what floating point tensors are converted to
   * @param largest bytes of the largest tensor that will be read
   * @throws IllegalArgumentException if {@code floats} is no type that networks compute in
   */
  TensorReader(NDManager manager, DataType floats, long largest) {
    if (!FLOATS.contains(floats)) {
      throw new IllegalArgumentException(
          "weights cannot be loaded as %s, expected one of %s".formatted(floats, FLOATS));
    }
    this.manager = manager;
    this.floats = floats;
    this.largest = largest;
    this.direct = manager.getDevice().equals(Device.cpu()) && sharesMemory(manager);
  }

  /** What to convert floating point tensors to, so that those of {@code stored} stay what they are, if they can. */
  static DataType kept(DataType stored) {
    return FLOATS.contains(stored) ? stored : DataType.FLOAT32;
  }

  /** Whether what is written into the buffer of a tensor is in the tensor: the engine may give a copy. */
  private static boolean sharesMemory(NDManager manager) {
    try (NDArray probe = manager.create(0f)) {
      probe.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, 1);
      return probe.getFloat() == 1;
    }
  }

  /**
   * Reads a tensor, or a part of it.
   *
   * @param start bytes of the tensor before the part
   * @param length bytes of the part
   * @return a tensor in memory of its own
   */
  NDArray read(WeightsFile file, String name, Shape shape, long start, long length) {
    TensorInfo info = info(file, name);
    if (direct && info.type() == floats && length == info.length() && length > 0) {
      NDArray array = manager.create(shape, floats);
      file.copy(name, array.toByteBuffer(true));
      return array;
    }
    stored = roomFor(info.length(), stored);
    ByteBuffer bytes = file.copy(name, stored.clear()).slice((int) start, (int) length).order(ByteOrder.LITTLE_ENDIAN);
    return converted(bytes, info.type(), shape);
  }

  /**
   * The same, but a view of the mapped file where its bytes are the tensor's: in the processor's memory, of the wanted
   * type, in order, and at a place where a number of that type may be. The engine's array keeps the mapping, which Java
   * ends some time after the array is gone. It must not be written into.
   */
  NDArray map(WeightsFile file, String name, Shape shape, long start, long length) {
    TensorInfo info = info(file, name);
    if (direct && info.type() == floats && length >= SMALLEST_VIEW) {
      ByteBuffer bytes = file.bytes(name).slice((int) start, (int) length);
      if (bytes.isDirect() && bytes.alignmentOffset(0, floats.getNumOfBytes()) == 0) {
        fetch(bytes);
        return manager.create(bytes, shape, floats);
      }
    }
    return read(file, name, shape, start, length);
  }

  /** Has all pages in memory when loading ends, sooner than {@link java.nio.MappedByteBuffer#load}. */
  private void fetch(ByteBuffer mapped) {
    for (int i = 0; i < mapped.limit(); i += PAGE) {
      touched += mapped.get(i);
    }
  }

  private static TensorInfo info(WeightsFile file, String name) {
    TensorInfo info = file.tensors().get(name);
    if (info.length() > Integer.MAX_VALUE) {
      throw new BadWeights("%s: tensor %s has %d bytes, expected at most %d".formatted(
          file.path(), name, info.length(), Integer.MAX_VALUE));
    }
    return info;
  }

  private NDArray converted(ByteBuffer bytes, DataType type, Shape shape) {
    boolean brain = type == DataType.BFLOAT16;
    try (NDArray view = manager.create(brain ? widened(bytes) : bytes, shape, brain ? DataType.FLOAT32 : type)) {
      // What is returned must not be a view of the buffer.
      return view.getDataType().isFloating() && view.getDataType() != floats
          ? view.toType(floats, true)
          : view.duplicate();
    }
  }

  private ByteBuffer widened(ByteBuffer bytes) {
    widened = roomFor(2L * bytes.remaining(), widened);
    return BrainFloat.widened(bytes, widened.clear());
  }

  /** As much as the largest tensor needs, so that there are not many buffers that wait for Java to free them. */
  private ByteBuffer roomFor(long length, ByteBuffer buffer) {
    long capacity = Math.min(Integer.MAX_VALUE, Math.max(length, largest));
    return buffer.capacity() < length ? ByteBuffer.allocateDirect((int) capacity) : buffer;
  }
}
