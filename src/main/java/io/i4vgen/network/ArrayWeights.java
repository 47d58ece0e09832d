// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Weights that are arrays, of the type that the network calculates in. They belong to the manager that they are loaded
 * with, whatever scope is open.
 */
record ArrayWeights(Map<String, PtNDArray> arrays, IValue value, DataType floats, long bytes) implements BoundWeights {

  static ArrayWeights load(StateDict state, NDManager manager, DataType floats) {
    Map<String, PtNDArray> arrays = lasting(() -> state.load(manager, floats));
    return of(arrays, arrays, floats);
  }

  private static ArrayWeights of(Map<String, PtNDArray> all, Map<String, PtNDArray> own, DataType floats) {
    return new ArrayWeights(all, IValue.stringMapFrom(all), floats,
        own.values().stream().mapToLong(a -> a.size() * a.getDataType().getNumOfBytes()).sum());
  }

  /** Makes tensors in a scope of their own and takes them out of it, so that no enclosing scope closes them. */
  private static Map<String, PtNDArray> lasting(Supplier<Map<String, NDArray>> make) {
    Map<String, PtNDArray> arrays = new LinkedHashMap<>();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      make.get().forEach((name, array) -> arrays.put(name, (PtNDArray) array));
      arrays.values().forEach(NDScope::unregister);
    }
    return arrays;
  }

  @Override
  public IValue argument(PtNDArray tensor) {
    return IValue.from(tensor);
  }

  @Override
  public IValue argument(PtNDArray[] tensors) {
    return IValue.listFrom(tensors);
  }

  @Override
  public List<NDArray> result(IValue result, PtNDManager manager) {
    return List.copyOf(result.toNDList(manager));
  }

  @Override
  public ArrayWeights with(Lora.Target target, List<Lora.Scaled> updates, NDManager own) {
    Map<String, PtNDArray> changed = lasting(() -> Lora.merged(arrays, target, updates, own));
    Map<String, PtNDArray> all = new LinkedHashMap<>(arrays);
    all.putAll(changed);
    return of(all, changed, floats);
  }

  /** The arrays are their manager's to free. */
  @Override
  public void close() {
    value.close();
  }
}
