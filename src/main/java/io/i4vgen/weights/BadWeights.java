// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

/** A weights file that is damaged, or whose tensors are not what a network needs. The message names file and key. */
public final class BadWeights extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BadWeights(String message) {
    super(message);
  }

  public BadWeights(String message, Throwable cause) {
    super(message, cause);
  }
}
