// SPDX-License-Identifier: Apache-2.0
package io.i4vgen;

import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.AfterEach;

/** Tests that make tensors, each of which frees its own. */
public abstract class WithMemory {

  protected final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  protected void free() {
    manager.close();
  }
}
