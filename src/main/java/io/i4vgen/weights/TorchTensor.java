// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor of a torch file: a window of a storage, and how its numbers lie there.
 *
 * @param info where the window begins, and how many bytes the tensor has once its numbers lie in order
 * @param stride how many numbers further the next one of each dimension is
 * @param window bytes from the first number to the end of the last
 */
record TorchTensor(TensorInfo info, long[] stride, long window) {

  /**
   * Checks a tensor against its storage.
   *
   * @throws BadWeights if it reaches beyond it, or repeats numbers so that it is larger than it
   */
  static TorchTensor of(String name, TorchObjects.Tensor tensor, ZipIndex.Entry entry) {
    TorchObjects.Storage storage = tensor.storage();
    int width = storage.type().getNumOfBytes();
    try {
      if (Math.multiplyExact(storage.count(), (long) width) > entry.size()) {
        throw bad(name, "storage %s has %d bytes, expected %d numbers of %d bytes", Quoted.of(storage.key()),
            entry.size(), storage.count(), width);
      }
      long count = 1;
      long last = tensor.offset();
      for (int i = 0; i < tensor.size().length; i++) {
        count = Math.multiplyExact(count, tensor.size()[i]);
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, tensor.size()[i] - 1), tensor.stride()[i]));
      }
      if (count > storage.count() || count > 0 && last >= storage.count()) {
        throw bad(name, "shape %s, stride %s, offset %d: more than the %d numbers of its storage",
            Quoted.of(new Shape(tensor.size())), Quoted.of(new Shape(tensor.stride())), tensor.offset(),
            storage.count());
      }
      long window = count == 0 ? 0 : (last - tensor.offset() + 1) * width;
      long start = count == 0 ? entry.offset() : entry.offset() + tensor.offset() * width;
      TensorInfo info = new TensorInfo(name, storage.type(), new Shape(tensor.size()), start, count * width);
      return new TorchTensor(info, tensor.stride(), window);
    } catch (ArithmeticException e) {
      throw new BadWeights("tensor %s has more numbers than a file can hold".formatted(Quoted.of(name)), e);
    }
  }

  private static BadWeights bad(String name, String what, Object... values) {
    return new BadWeights("tensor %s has %s".formatted(Quoted.of(name), what.formatted(values)));
  }

  /** The bytes of its numbers, the last dimension's next to each other; a view if they lie like that in the file. */
  ByteBuffer bytes(ByteSource source) {
    ByteBuffer stored = source.view(info.offset(), window);
    return inOrder() ? stored : gathered(stored);
  }

  /** Whether its numbers lie in the file as they are wanted. */
  boolean inOrder() {
    long expected = 1;
    for (int i = stride.length - 1; i >= 0; i--) {
      long size = info.shape().get(i);
      if (size != 1 && stride[i] != expected) {
        return info.length() == 0;
      }
      expected *= size;
    }
    return true;
  }

  private ByteBuffer gathered(ByteBuffer stored) {
    ByteBuffer target = ByteBuffer.allocateDirect(Math.toIntExact(info.length())).order(ByteOrder.LITTLE_ENDIAN);
    gather(stored, 0, 0, target);
    return target.flip();
  }

  private void gather(ByteBuffer stored, int dimension, long from, ByteBuffer target) {
    if (dimension == stride.length) {
      int width = info.type().getNumOfBytes();
      target.put(target.position(), stored, Math.toIntExact(from * width), width);
      target.position(target.position() + width);
      return;
    }
    for (long i = 0; i < info.shape().get(dimension); i++) {
      gather(stored, dimension + 1, from + i * stride[dimension], target);
    }
  }
}
