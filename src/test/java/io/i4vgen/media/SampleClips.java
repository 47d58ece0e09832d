// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.util.stream.IntStream;

/** Clips to write: a red diamond that moves right between a blue sky and green hills. */
final class SampleClips {

  static final int RED = 0xE62A2A;
  static final int SKY = 0x66B2F0;
  static final int GREEN = 0x3C9E46;

  private SampleClips() {}

  static Clip diamond(int width, int height, int frames) {
    return new Clip(8, IntStream.range(0, frames).mapToObj(i -> frame(width, height, i)).toList());
  }

  static int centerX(int width, int frame) {
    return width / 4 + frame * width / 40;
  }

  private static Picture frame(int width, int height, int index) {
    Picture picture = Picture.filled(width, height, SKY);
    picture.fill(0, height * 3 / 4, width, height, GREEN);
    int radius = Math.min(width, height) / 5;
    for (int dy = -radius; dy <= radius; dy++) {
      int half = radius - Math.abs(dy);
      picture.fill(centerX(width, index) - half, height / 2 + dy, 2 * half + 1, 1, RED);
    }
    return picture;
  }
}
