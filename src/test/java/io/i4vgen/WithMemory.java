// SPDX-License-Identifier: Apache-2.0
package io.i4vgen;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.diffusion.TorchRandom;
import org.junit.jupiter.api.AfterEach;

/** Tests that make tensors, each of which frees its own. */
public abstract class WithMemory {

  protected final NDManager manager = NDManager.newBaseManager();
  private final TorchRandom random = new TorchRandom(1);

  @AfterEach
  protected void free() {
    manager.close();
  }

  /** Normally distributed numbers, the same in every run. */
  protected NDArray noise(long... shape) {
    return random.normal(manager, new Shape(shape));
  }

  /** Equal but for the order in which floats are added up, as results of networks are. */
  protected static void assertNear(NDArray actual, NDArray expected) {
    float largest = Math.max(1, expected.abs().max().getFloat());
    assertThat(actual.sub(expected).abs().max().getFloat() / largest).isLessThan(1e-4f);
  }
}
