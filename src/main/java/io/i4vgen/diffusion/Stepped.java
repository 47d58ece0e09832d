// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * What came of a step.
 *
 * @param latent the state at the next timestep, {@code [frames, channels, height, width]}, a new tensor
 * @param history for the step after it; its tensors are new ones and those of the history before, never
 *     {@code latent}
 */
public record Stepped(NDArray latent, History history) {}
