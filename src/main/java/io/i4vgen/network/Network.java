// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program and the weights it is called with. The weights are bound once and live until {@link #close}, whatever scope
 * is open when they are loaded. Calls may come from several threads.
 */
final class Network implements AutoCloseable {

  /** Nothing but the program may be shared with another network, which closes it. */
  private final Model model;
  private final Runnable closeModel;
  private final NDManager manager;
  private final BoundWeights weights;

  private Network(Model model, Runnable closeModel, NDManager manager, BoundWeights weights) {
    this.model = model;
    this.closeModel = closeModel;
    this.manager = manager;
    this.weights = weights;
  }

  /**
   * Checks the tensors against what the network needs, and loads them.
   *
   * @param parent its device is the network's; the weights belong to a manager below it
   * @param floats what it calculates in; with bfloat16, the tensors that go in and come out are of 32 bits
   * @throws BadWeights if a tensor is missing, damaged, left over or of another shape
   */
  static Network load(Program program, StateDict state, ExpectedWeights expected, NDManager parent, DataType floats) {
    expected.check(program.name(), state);
    NDManager manager = parent.newSubManager();
    Model model = Model.newInstance(program.name(), manager.getDevice(), "PyTorch");
    try {
      model.load(new ByteArrayInputStream(program.archive()));
      BoundWeights weights = floats == DataType.BFLOAT16 ? BrainWeights.load(state, manager)
          : ArrayWeights.load(state, manager, floats);
      return new Network(model, model::close, manager, weights);
    } catch (IOException e) {
      closeAll(model, manager);
      throw new UncheckedIOException("network %s: its program cannot be loaded".formatted(program.name()), e);
    } catch (BadWeights | Error e) { // the one says already which file it is, the other is told as it is
      closeAll(model, manager);
      throw e;
    } catch (MalformedModelException | RuntimeException e) {
      closeAll(model, manager);
      throw new IllegalStateException("network %s: cannot be loaded: %s".formatted(program.name(), e.getMessage()), e);
    }
  }

  /**
   * The same network with low-rank updates. It shares the program and the weights that do not change with this one,
   * which must be open as long as it is; closing it frees only what has changed.
   *
   * @throws BadWeights if an update does not fit
   */
  Network with(Lora.Target target, List<Lora.Scaled> updates) {
    NDManager own = manager.newSubManager();
    try {
      return new Network(model, () -> { }, own, weights.with(target, updates, own));
    } catch (RuntimeException | Error e) {
      own.close();
      throw e;
    }
  }

  /**
   * Calls a method of the program with the arguments and, last, the weights.
   *
   * @param arguments tensors, whole and floating point numbers, booleans, texts, {@code long[]},
   *     {@code double[]}, or {@code NDList}
   * @return the tensor or tensors of the result, under the manager of the first tensor among the arguments
   */
  List<NDArray> call(String method, Object... arguments) {
    // The setting belongs to the thread. The optimising executor would compile anew for each shape, for no gain.
    JniUtils.setGraphExecutorOptimize(false);
    List<IValue> values = new ArrayList<>(arguments.length + 1);
    try {
      Arrays.stream(arguments).map(this::toIValue).forEach(values::add);
      values.add(weights.value());
      try (IValue result = IValueUtils.runMethod(block(), method, values.toArray(IValue[]::new))) {
        return weights.result(result, managerOf(arguments));
      }
    } finally {
      values.stream().filter(value -> value != weights.value()).forEach(IValue::close);
    }
  }

  /** The type of the tensors of floating point numbers that go in and come out. */
  DataType floats() {
    return weights.floats();
  }

  /** The size in memory of the weights that are not another network's, too. */
  long bytes() {
    return weights.bytes();
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

  private IValue toIValue(Object argument) {
    if (argument instanceof PtNDArray array) {
      return weights.argument(array);
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
    } else if (argument instanceof double[] numbers) {
      return IValue.listFrom(numbers);
    } else if (argument instanceof NDList tensors) {
      return weights.argument(tensors.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }
    throw new IllegalArgumentException("a network cannot be called with a " + argument.getClass().getName());
  }

  private static void closeAll(Model model, NDManager manager) {
    model.close();
    manager.close();
  }
}
