// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.tensor.Scope;

/**
 * The low frequencies of one video with the high frequencies of another: FreeInit (arXiv 2312.07537), formulas (6) to
 * (8), over time, height and width.
 *
 * @param filter what counts as low
 */
public record FrequencyMix(LowPassFilter filter) {

  private static final int TIME = 0;
  private static final int HEIGHT = 2;
  private static final int WIDTH = 3;

  /**
   * {@code IFFT(FFT(low) L + FFT(high) (1 - L))}, of which the real part; a new tensor.
   *
   * @param low {@code [frames, channels, height, width]}, fp32
   * @param high of the same shape
   */
  public NDArray mix(NDArray low, NDArray high) {
    Shape shape = low.getShape();
    try (Scope scope = new Scope()) {
      // the transform is linear: high + IFFT(FFT(low - high) L) needs one instead of two
      NDArray spectrum = low.sub(high);
      for (int axis : new int[] {TIME, HEIGHT, WIDTH}) {
        spectrum = spectrum.fft(shape.get(axis), axis);
      }
      NDArray passed = spectrum.mul(mask(low));
      for (int axis : new int[] {TIME, HEIGHT, WIDTH}) {
        passed = passed.ifft(shape.get(axis), axis);
      }
      return scope.keep(high.add(passed.real().get("..., 0")));
    }
  }

  /** The filter's mask with frequency 0 first, as the transform has it: {@code [frames, 1, height, width]}. */
  private NDArray mask(NDArray like) {
    int frames = (int) like.getShape().get(TIME);
    int height = (int) like.getShape().get(HEIGHT);
    int width = (int) like.getShape().get(WIDTH);
    float[] centred = filter.mask(frames, height, width);
    float[] mask = new float[centred.length];
    for (int i = 0; i < mask.length; i++) {
      int t = (i / (width * height) + frames / 2) % frames;
      int h = (i / width % height + height / 2) % height;
      int w = (i % width + width / 2) % width;
      mask[i] = centred[(t * height + h) * width + w];
    }
    return like.getManager().create(mask, new Shape(frames, 1, height, width));
  }
}
