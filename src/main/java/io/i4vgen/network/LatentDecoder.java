// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** What makes images of diffusion latents: a {@link Vae}, or a {@link TinyVae} at an eighteenth of the work. */
public sealed interface LatentDecoder permits TinyVae, Vae {

  /**
   * Decodes diffusion latents.
   *
   * @param latent {@code [n, channels, height, width]}, of the type {@link #floats}
   * @return images {@code [n, 3, height * factor, width * factor]}, about -1 to 1
   */
  NDArray decode(NDArray latent);

  /** The type of latents and images. */
  DataType floats();
}
