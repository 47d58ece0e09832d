// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;

/**
 * Makes a frame of a video of any picture: the largest part around its middle that has the frame's proportions, resized
 * bilinearly, with as many pixels averaged as become one. This is what SparseCtrl's own program does: torchvision's
 * {@code RandomResizedCrop} with a scale of 1 and the frame's proportions, in which nothing random is left.
 *
 * @param width of the frame, in pixels
 * @param height of the frame, in pixels
 */
public record FrameImage(int width, int height) {

  /** A frame of the pack's videos. */
  public static FrameImage of(Frame frame) {
    return new FrameImage(frame.width(), frame.height());
  }

  /** @return {@code [1, 3, height, width]}, bytes */
  public NDArray of(Pixels picture, NDManager manager) {
    byte[] rgb = pixels(picture).rgb();
    int plane = width * height;
    byte[] planes = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      planes[i % 3 * plane + i / 3] = rgb[i];
    }
    return manager.create(ByteBuffer.wrap(planes), new Shape(1, 3, height, width), DataType.UINT8);
  }

  /** The cropped, resized picture. */
  Pixels pixels(Pixels picture) {
    double ratio = (double) width / height;
    boolean tooWide = picture.width() > picture.height() * ratio;
    int cropWidth = tooWide ? part(picture.height() * ratio, picture.width()) : picture.width();
    int cropHeight = tooWide ? picture.height() : part(picture.width() / ratio, picture.height());
    Pixels middle = picture.crop((picture.width() - cropWidth) / 2, (picture.height() - cropHeight) / 2, cropWidth,
        cropHeight);
    return Resampling.BILINEAR.resize(middle, width, height);
  }

  private static int part(double exact, int whole) {
    return Math.max(1, Math.min(whole, (int) Math.rint(exact)));
  }
}
