// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

/**
 * One picture.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param rgb {@code width * height * 3} bytes, RGB24; not copied
 */
public record Picture(int width, int height, byte[] rgb) {

  /**
   * @throws IllegalArgumentException if the size is not positive or the bytes are not as many as the size says
   */
  public Picture {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("a picture of " + width + "x" + height + " pixels; both must be at least 1");
    }
    if (rgb.length != Math.multiplyExact(Math.multiplyExact(width, height), 3)) {
      throw new IllegalArgumentException(
          "a picture of " + width + "x" + height + " pixels needs " + 3 * width * height + " bytes, not " + rgb.length);
    }
  }

  /** A picture of one colour, {@code 0xRRGGBB}. */
  public static Picture filled(int width, int height, int color) {
    Picture picture = new Picture(width, height, new byte[3 * width * height]);
    picture.fill(0, 0, width, height, color);
    return picture;
  }

  /** The colour of a pixel, {@code 0xRRGGBB}. */
  public int color(int x, int y) {
    int i = 3 * (y * width + x);
    return (rgb[i] & 0xFF) << 16 | (rgb[i + 1] & 0xFF) << 8 | rgb[i + 2] & 0xFF;
  }

  /** This picture with every pixel as {@code factor x factor} ones; at 1 the picture itself. */
  Picture magnified(int factor) {
    if (factor == 1) {
      return this;
    }
    Picture large = filled(width * factor, height * factor, 0);
    for (int y = 0; y < large.height; y++) {
      for (int x = 0; x < large.width; x++) {
        large.set(x, y, color(x / factor, y / factor));
      }
    }
    return large;
  }

  /** Colours the part of a rectangle that lies inside the picture. */
  void fill(int left, int top, int rectangleWidth, int rectangleHeight, int color) {
    for (int y = Math.max(top, 0); y < Math.min(top + rectangleHeight, height); y++) {
      for (int x = Math.max(left, 0); x < Math.min(left + rectangleWidth, width); x++) {
        set(x, y, color);
      }
    }
  }

  /** Copies {@code other} to a place where it fits wholly. */
  void draw(Picture other, int left, int top) {
    for (int y = 0; y < other.height; y++) {
      System.arraycopy(other.rgb, 3 * y * other.width, rgb, 3 * ((top + y) * width + left), 3 * other.width);
    }
  }

  private void set(int x, int y, int color) {
    int i = 3 * (y * width + x);
    rgb[i] = (byte) (color >> 16);
    rgb[i + 1] = (byte) (color >> 8);
    rgb[i + 2] = (byte) color;
  }
}
