// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * The lengths that DoRA gives to the rows of updated weights (Liu et al. 2024):
 * {@code W' = m * (W + dW) / |W + dW|}. A row is what makes an output; LyCORIS once took what comes of an input.
 *
 * @param name of a tensor {@code [out]} or {@code [1, out, 1, 1]} of peft's; of LyCORIS's, {@code [out, 1, ...]}, or
 *     {@code [1, in, ...]} if it is of inputs
 * @param lycoris whether it is LyCORIS's
 */
record LoraMagnitude(StateDict state, String name, boolean lycoris) {

  /** No row is so short, but nothing is divided by zero. */
  private static final float SHORTEST = 1e-7f;

  /** Whether there are as many as the weights have outputs, or inputs. */
  boolean fits(Shape weights) {
    return weights.dimension() >= 2 && (isOfOutputs(weights) ? shape().size() == weights.get(0)
        : shape().size() == weights.get(1) && shape().get(0) == 1);
  }

  Shape shape() {
    return state.shape(name);
  }

  private boolean isOfOutputs(Shape weights) {
    return !lycoris || shape().dimension() == 0
        || shape().get(0) == weights.get(0) && shape().size() == weights.get(0);
  }

  /**
   * The updated weights at these lengths.
   *
   * @param manager owner of what is read
   */
  NDArray applied(NDArray updated, NDManager manager) {
    NDArray lengths = state.load(name, manager, DataType.FLOAT32).reshape(-1, 1);
    if (isOfOutputs(updated.getShape())) {
      return scaled(updated, lengths);
    }
    return scaled(updated.swapAxes(0, 1), lengths).swapAxes(0, 1);
  }

  private static NDArray scaled(NDArray weights, NDArray lengths) {
    NDArray rows = weights.reshape(weights.getShape().get(0), -1);
    NDArray norm = rows.square().sum(new int[] {1}, true).sqrt().add(SHORTEST);
    return rows.mul(lengths.div(norm)).reshape(weights.getShape());
  }
}
