// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.network.Unet;

/** The cases' layout of clips, {@code [b, channels, frames, height, width]}, at the edge of ours. */
final class Clips {

  private Clips() {}

  /** Calls the network on clips in the cases' layout, and returns its prediction in that layout. */
  static NDArray predict(Unet unet, NDArray clips, NDArray timestep, NDArray text, boolean motion) {
    long frames = clips.getShape().get(2);
    return of(unet.predict(images(clips), timestep, text, Math.toIntExact(frames), motion), frames);
  }

  /** {@code [b, channels, frames, height, width]} as {@code [b * frames, channels, height, width]}. */
  static NDArray images(NDArray clips) {
    Shape shape = clips.getShape();
    return clips.transpose(0, 2, 1, 3, 4).reshape(-1, shape.get(1), shape.get(3), shape.get(4));
  }

  /** {@code [b * frames, channels, height, width]} as {@code [b, channels, frames, height, width]}. */
  static NDArray of(NDArray images, long frames) {
    Shape shape = images.getShape();
    return images.reshape(-1, frames, shape.get(1), shape.get(2), shape.get(3)).transpose(0, 2, 1, 3, 4);
  }
}
