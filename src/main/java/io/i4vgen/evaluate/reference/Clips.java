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
    Shape shape = clips.getShape();
    long frames = shape.get(2);
    NDArray images = clips.transpose(0, 2, 1, 3, 4)
        .reshape(shape.get(0) * frames, shape.get(1), shape.get(3), shape.get(4));
    NDArray predicted = unet.predict(images, timestep, text, Math.toIntExact(frames), motion);
    return predicted.reshape(shape.get(0), frames, shape.get(1), shape.get(3), shape.get(4))
        .transpose(0, 2, 1, 3, 4);
  }
}
