// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

/**
 * The video that a pack is made for.
 *
 * @param width in pixels
 * @param height in pixels
 * @param frames how many
 * @param fps frames a second
 * @param latentChannels channels of a latent
 * @param factor pixels along one side of a latent's cell, 8 in Stable Diffusion
 */
public record Frame(int width, int height, int frames, int fps, int latentChannels, int factor) {

  /** @throws IllegalArgumentException if the picture is not made of whole cells */
  public Frame {
    if (width % factor != 0 || height % factor != 0) {
      throw new IllegalArgumentException("width and height must be multiples of " + factor
          + ", the VAE's factor, are " + width + " and " + height);
    }
  }

  /** Cells of a latent from left to right. */
  public int latentWidth() {
    return width / factor;
  }

  /** Cells of a latent from top to bottom. */
  public int latentHeight() {
    return height / factor;
  }
}
