// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Where a sampler's standard normal numbers come from. */
@FunctionalInterface
public interface NoiseSource {

  /** For samplers that draw nothing (DDIM with eta 0); fails when asked. */
  NoiseSource NONE = (manager, shape) -> {
    throw new IllegalStateException("this sampler draws noise of shape " + shape + " but was given NoiseSource.NONE");
  };

  /** The next independent N(0, 1) numbers in fp32, in row-major order of {@code shape}. */
  NDArray draw(NDManager manager, Shape shape);
}
