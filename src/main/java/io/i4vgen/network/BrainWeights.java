// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.i4vgen.tensor.Scope;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights that are 16 bit brain floats, in which the network calculates; what goes in and comes out is of 32 bits. They
 * live in the interpreter's dictionary and nowhere else, so that closing it frees them.
 */
final class BrainWeights implements BoundWeights {

  private final BrainFloats floats;
  private final Runnable closeFloats;
  private final Set<String> names;
  private final IValue value;
  private long bytes;

  private BrainWeights(BrainFloats floats, Runnable closeFloats, Set<String> names, IValue value) {
    this.floats = floats;
    this.closeFloats = closeFloats;
    this.names = names;
    this.value = value;
  }

  /** Reads one tensor at a time, in 32 bits, so that no more than that is needed beside the weights. */
  static BrainWeights load(StateDict state, NDManager manager) throws IOException, MalformedModelException {
    BrainFloats floats = BrainFloats.open(manager.getDevice());
    BrainWeights weights = new BrainWeights(floats, floats::close, new LinkedHashSet<>(state.names()),
        BrainFloats.dictionary());
    return weights.closedOnFailure(() -> state.forEach(manager, DataType.FLOAT32, weights::put));
  }

  private void put(String name, NDArray array) {
    bytes += floats.put(value, name, (PtNDArray) array);
  }

  private BrainWeights closedOnFailure(Runnable fill) {
    try {
      fill.run();
      return this;
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  @Override
  public IValue value() {
    return value;
  }

  @Override
  public DataType floats() {
    return DataType.FLOAT32;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** Not a scalar or vector: those are timesteps, of which 8 bits are not enough. */
  @Override
  public IValue argument(PtNDArray tensor) {
    return tensor.getShape().dimension() > 1 ? floats.narrowed(tensor) : IValue.from(tensor);
  }

  @Override
  public IValue argument(PtNDArray[] tensors) {
    return floats.narrowed(tensors);
  }

  @Override
  public List<NDArray> result(IValue result, PtNDManager manager) {
    return floats.widened(result, manager);
  }

  @Override
  public BrainWeights with(Lora.Target target, List<Lora.Scaled> updates, NDManager own) {
    try (Scope scope = new Scope()) {
      Map<String, NDArray> changed =
          Lora.merged(names, name -> floats.get(value, name, (PtNDManager) own), target, updates, own);
      BrainWeights updated = new BrainWeights(floats, () -> { }, names, floats.copy(value));
      return updated.closedOnFailure(() -> changed.forEach(updated::put));
    }
  }

  @Override
  public void close() {
    value.close();
    closeFloats.run();
  }
}
