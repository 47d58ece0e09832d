// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A program and the weights it is called with. The weights are bound once and live until {@link #close}, whatever scope
 * is open when they are loaded. Calls may come from several threads.
 */
final class Network implements AutoCloseable {

  /** Nothing but the program may be shared with another network, which closes it. */
  private final Model model;
  private final Runnable closeModel;
  private final NDManager manager;
  private final Map<String, PtNDArray> arrays;
  private final IValue weights;
  private final DataType floats;
  private final long bytes;

  private Network(Model model, Runnable closeModel, NDManager manager, Map<String, PtNDArray> arrays,
      DataType floats, Map<String, PtNDArray> own) {
    this.model = model;
    this.closeModel = closeModel;
    this.manager = manager;
    this.arrays = arrays;
    this.weights = IValue.stringMapFrom(arrays);
    this.floats = floats;
    this.bytes = own.values().stream().mapToLong(a -> a.size() * a.getDataType().getNumOfBytes()).sum();
  }

  /**
   * Checks the tensors against what the network needs, and loads them.
   *
   * @param parent its device is the network's; the weights belong to a manager below it
   * @throws io.i4vgen.weights.BadWeights if a tensor is missing, left over or of another shape
   */
  static Network load(Program program, StateDict state, ExpectedWeights expected, NDManager parent, DataType floats) {
    expected.check(program.name(), state);
    NDManager manager = parent.newSubManager();
    Model model = Model.newInstance(program.name(), manager.getDevice(), "PyTorch");
    try {
      model.load(new ByteArrayInputStream(program.archive()));
      Map<String, PtNDArray> arrays = lasting(() -> state.load(manager, floats));
      return new Network(model, model::close, manager, arrays, floats, arrays);
    } catch (IOException e) {
      closeAll(model, manager);
      throw new UncheckedIOException("network %s: its program cannot be loaded".formatted(program.name()), e);
    } catch (MalformedModelException | RuntimeException e) {
      closeAll(model, manager);
      throw new IllegalStateException("network %s: cannot be loaded: %s".formatted(program.name(), e), e);
    }
  }

  /**
   * The same network with low-rank updates. It shares the program and the weights that do not change with this one,
   * which must be open as long as it is; closing it frees only what has changed.
   *
   * @throws io.i4vgen.weights.BadWeights if an update does not fit
   */
  Network with(Lora.Target target, List<Lora.Scaled> updates) {
    NDManager own = manager.newSubManager();
    try {
      Map<String, PtNDArray> changed = lasting(() -> Lora.merged(arrays, target, updates, own));
      Map<String, PtNDArray> all = new LinkedHashMap<>(arrays);
      all.putAll(changed);
      return new Network(model, () -> { }, own, all, floats, changed);
    } catch (RuntimeException e) {
      own.close();
      throw e;
    }
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

  /**
   * Calls a method of the program with the arguments and, last, the weights.
   *
   * @param arguments tensors, whole and floating point numbers, booleans, texts, {@code long[]}, or {@code NDList}
   * @return the tensor or tensors of the result, under the manager of the first tensor among the arguments
   */
  List<NDArray> call(String method, Object... arguments) {
    // The setting belongs to the thread. The optimising executor would compile anew for each shape, for no gain.
    JniUtils.setGraphExecutorOptimize(false);
    List<IValue> values = new ArrayList<>(arguments.length + 1);
    try {
      Arrays.stream(arguments).map(Network::toIValue).forEach(values::add);
      values.add(weights);
      try (IValue result = IValueUtils.runMethod(block(), method, values.toArray(IValue[]::new))) {
        return List.copyOf(result.toNDList(managerOf(arguments)));
      }
    } finally {
      values.stream().filter(value -> value != weights).forEach(IValue::close);
    }
  }

  /** The type of the floating point weights, and of the tensors that the program wants. */
  DataType floats() {
    return floats;
  }

  /** The size in memory of the weights that are not another network's, too. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    weights.close();
    closeModel.run();
    manager.close();
  }

  private PtSymbolBlock block() {
    return (PtSymbolBlock) model.getBlock();
  }

  private static PtNDManager managerOf(Object[] arguments) {
    return Arrays.stream(arguments).filter(PtNDArray.class::isInstance).map(PtNDArray.class::cast)
        .map(PtNDArray::getManager).findFirst().orElseThrow();
  }

  private static IValue toIValue(Object argument) {
    if (argument instanceof PtNDArray array) {
      return IValue.from(array);
    } else if (argument instanceof Boolean flag) {
      return IValue.from(flag);
    } else if (argument instanceof Integer || argument instanceof Long) {
      return IValue.from(((Number) argument).longValue());
    } else if (argument instanceof Double number) {
      return IValue.from(number);
    } else if (argument instanceof String text) {
      return IValue.from(text);
    } else if (argument instanceof long[] numbers) {
      return IValue.listFrom(numbers);
    } else if (argument instanceof NDList tensors) {
      return IValue.listFrom(tensors.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }
    throw new IllegalArgumentException("a network cannot be called with a " + argument.getClass().getName());
  }

  private static void closeAll(Model model, NDManager manager) {
    model.close();
    manager.close();
  }
}
