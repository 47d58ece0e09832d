// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Conversions to and from 16 bit brain floats. DJL ends the process when it makes such an array; so they are values of
 * PyTorch's interpreter only, made by a program of their own, {@code /networks/brain_float.py}.
 */
final class BrainFloats implements AutoCloseable {

  private final Model model;

  private BrainFloats(Model model) {
    this.model = model;
  }

  static BrainFloats open(Device device) throws IOException, MalformedModelException {
    Program program = Program.alone("brain_float");
    Model model = Model.newInstance(program.name(), device, "PyTorch");
    try {
      model.load(new ByteArrayInputStream(program.archive()));
      return new BrainFloats(model);
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** A dictionary without tensors, to be closed by the caller. */
  static IValue dictionary() {
    return IValue.stringMapFrom(Map.of());
  }

  /** Another dictionary of the same tensors, to be closed by the caller. */
  IValue copy(IValue weights) {
    return run("copy", weights);
  }

  /** Puts a copy into a dictionary, of brain floats if it is of floating point numbers; returns its bytes. */
  long put(IValue weights, String name, PtNDArray array) {
    try (IValue key = IValue.from(name); IValue value = IValue.from(array);
        IValue bytes = run("put", weights, key, value)) {
      return bytes.toLong();
    }
  }

  /** A copy, in 32 bits if it is of floating point numbers. */
  NDArray get(IValue weights, String name, PtNDManager manager) {
    try (IValue key = IValue.from(name); IValue wide = run("get", weights, key)) {
      return wide.toTensor(manager);
    }
  }

  /** To be closed by the caller. */
  IValue narrowed(PtNDArray tensor) {
    try (IValue wide = IValue.from(tensor)) {
      return run("narrow", wide);
    }
  }

  /** To be closed by the caller. */
  IValue narrowed(PtNDArray[] tensors) {
    try (IValue wide = IValue.listFrom(tensors)) {
      return run("narrow_all", wide);
    }
  }

  /** All tensors of what a program has returned, which stays the caller's: one, a list, or a tuple of such. */
  List<NDArray> widened(IValue result, PtNDManager manager) {
    if (result.isTensor()) {
      try (IValue wide = run("widen", result)) {
        return List.of(wide.toTensor(manager));
      }
    } else if (result.isTensorList()) {
      try (IValue wide = run("widen_all", result)) {
        return List.of(wide.toTensorArray(manager));
      }
    }
    List<NDArray> tensors = new ArrayList<>();
    for (IValue part : result.toIValueTuple()) {
      try (part) {
        tensors.addAll(widened(part, manager));
      }
    }
    return List.copyOf(tensors);
  }

  private IValue run(String method, IValue... arguments) {
    JniUtils.setGraphExecutorOptimize(false); // of the thread; see Network.call
    return IValueUtils.runMethod((PtSymbolBlock) model.getBlock(), method, arguments);
  }

  @Override
  public void close() {
    model.close();
  }
}
