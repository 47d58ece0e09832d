// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

/**
 * An image in memory.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgb three bytes a pixel, row by row ([height, width, 3])
 */
public record Pixels(int width, int height, byte[] rgb) {

  /** @throws IllegalArgumentException if the number of bytes is not that of the size */
  public Pixels {
    if (width < 1 || height < 1 || rgb.length != 3 * width * height) {
      throw new IllegalArgumentException("an image of " + width + "x" + height + " pixels has "
          + 3L * width * height + " bytes, not " + rgb.length);
    }
  }

  /** The rectangle whose upper left corner is ({@code left}, {@code top}). */
  Pixels crop(int left, int top, int newWidth, int newHeight) {
    byte[] cropped = new byte[3 * newWidth * newHeight];
    for (int y = 0; y < newHeight; y++) {
      System.arraycopy(rgb, 3 * ((top + y) * width + left), cropped, 3 * y * newWidth, 3 * newWidth);
    }
    return new Pixels(newWidth, newHeight, cropped);
  }
}
