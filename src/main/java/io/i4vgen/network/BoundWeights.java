// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.i4vgen.weights.Lora;
import java.util.List;

/** A network's weights as its program is called with them: in native memory until they are closed. */
sealed interface BoundWeights extends AutoCloseable permits ArrayWeights, BrainWeights {

  /** The dictionary of all of them; not the caller's to close. */
  IValue value();

  /** The type of the tensors of floating point numbers that go in and come out. */
  DataType floats();

  /** The size in memory of those that are not another network's, too. */
  long bytes();

  /** A tensor as the program takes it, to be closed by the caller. */
  IValue argument(PtNDArray tensor);

  /** A list of tensors as the program takes it, to be closed by the caller. */
  IValue argument(PtNDArray[] tensors);

  /** The tensor or tensors that the program has returned. */
  List<NDArray> result(IValue value, PtNDManager manager);

  /**
   * With low-rank updates. What does not change is shared with these weights, which must be open as long.
   *
   * @param own owner of what changes
   * @throws io.i4vgen.weights.BadWeights if an update does not fit
   */
  BoundWeights with(Lora.Target target, List<Lora.Scaled> updates, NDManager own);

  @Override
  void close();
}
