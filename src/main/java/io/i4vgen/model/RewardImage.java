// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * An image as ImageReward sees it (its {@code _transform}): the short side resized to {@code size} by Pillow's bicubic
 * filter, the middle square, each channel shifted and scaled.
 *
 * @param size side of the square in pixels, 224 in ImageReward
 * @param mean of red, green and blue, 0 to 1
 * @param std of red, green and blue
 */
public record RewardImage(int size, float[] mean, float[] std) {

  /** @throws IllegalArgumentException if a value is out of range; the message names it */
  public RewardImage {
    if (size < 1) {
      throw new IllegalArgumentException("size must be 1 or more, is " + size);
    }
    if (mean.length != 3 || std.length != 3) {
      throw new IllegalArgumentException("mean and std must have 3 values, have " + mean.length + " and " + std.length);
    }
  }

  /**
   * Images as the reward network takes them.
   *
   * @param images 0 to 1 as floating point, or 0 to 255 as bytes ([n, 3, height, width])
   * @return float32 [n, 3, size, size], on the same device, of the same manager
   */
  public NDArray of(NDArray images) {
    Shape shape = images.getShape();
    if (shape.dimension() != 4 || shape.get(1) != 3) {
      throw new IllegalArgumentException("images must be [n, 3, height, width], are " + shape);
    }
    byte[] bytes = bytes(images);
    int plane = (int) (shape.get(2) * shape.get(3));
    float[] squares = new float[(int) shape.get(0) * 3 * size * size];
    for (int n = 0; n < shape.get(0); n++) {
      byte[] planes = Arrays.copyOfRange(bytes, 3 * n * plane, 3 * (n + 1) * plane);
      Pixels image = new Pixels((int) shape.get(3), (int) shape.get(2), interleaved(planes, plane));
      System.arraycopy(normalised(square(image)), 0, squares, n * 3 * size * size, 3 * size * size);
    }
    return images.getManager().create(squares, new Shape(shape.get(0), 3, size, size));
  }

  private static byte[] bytes(NDArray images) {
    if (images.getDataType() == DataType.UINT8) {
      return images.toByteArray();
    }
    // The pipelines of the original go through 8-bit images: clamped, times 255, rounded half to even.
    float[] values = images.toType(DataType.FLOAT32, false).toFloatArray();
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) Math.rint(Math.max(0, Math.min(1, values[i])) * 255);
    }
    return bytes;
  }

  private static byte[] interleaved(byte[] planes, int plane) {
    byte[] rgb = new byte[planes.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = planes[i % 3 * plane + i / 3];
    }
    return rgb;
  }

  /** The resized, cropped image: size x size pixels. */
  public Pixels square(Pixels image) {
    int shorter = Math.min(image.width(), image.height());
    int width = (int) ((long) size * image.width() / shorter);
    int height = (int) ((long) size * image.height() / shorter);
    Pixels resized = Resampling.BICUBIC.resize(image, width, height);
    return resized.crop(middle(width), middle(height), size, size);
  }

  /** Python's {@code round}: half to even. */
  private int middle(int length) {
    return (int) Math.rint((length - size) / 2.0);
  }

  /** Colours as the network's numbers: (value / 255 - mean) / std, channel by channel ([3, height, width]). */
  public float[] normalised(Pixels image) {
    byte[] rgb = image.rgb();
    int plane = rgb.length / 3;
    float[] values = new float[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      int channel = i % 3;
      values[channel * plane + i / 3] = ((rgb[i] & 0xFF) / 255f - mean[channel]) / std[channel];
    }
    return values;
  }
}
