// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.i4vgen.media.Clip;
import io.i4vgen.media.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockMotionTest {

  @ParameterizedTest
  @CsvSource({"128, 1, false", "128, 3, false", "128, 4, true", "128, 6, true", "512, 16, true", "512, 8, false"})
  void aSquareThatMovesIsAsFastAsItIs(int side, int pixels, boolean dynamic) {
    BlockMotion motion = BlockMotion.of(clip(side, pixels, 0));
    assertThat(motion.speed()).isCloseTo((double) pixels / side, within(0.004));
    assertThat(motion.dynamic()).isEqualTo(dynamic);
  }

  @Test
  void whatStandsStillStandsStillAlsoInNoise() {
    assertThat(BlockMotion.of(clip(128, 0, 0))).isEqualTo(new BlockMotion(0, false));
    assertThat(BlockMotion.of(clip(128, 0, 12))).isEqualTo(new BlockMotion(0, false));
  }

  @Test
  void ofOneFrameNothingCanBeSaidToMove() {
    Clip clip = new Clip(8, clip(128, 6, 0).frames().subList(0, 1));
    assertThat(BlockMotion.of(clip)).isEqualTo(new BlockMotion(0, false));
  }

  @Test
  void aClipThatMovesInAQuarterOfItsPairsIsDynamic() {
    List<Picture> moving = clip(128, 6, 0).frames();
    List<Picture> frames = new ArrayList<>(moving.subList(0, 4));
    while (frames.size() < 16) {
      frames.add(moving.get(3));
    }
    assertThat(BlockMotion.of(new Clip(8, frames)).dynamic()).isFalse();
    frames.set(15, moving.get(4));
    assertThat(BlockMotion.of(new Clip(8, frames)).dynamic()).isTrue();
  }

  /** A chequered square on a plain ground, 16 frames. */
  private static Clip clip(int side, int pixels, int noise) {
    Random random = new Random(1);
    List<Picture> frames = new ArrayList<>();
    int size = side / 4;
    for (int t = 0; t < 16; t++) {
      byte[] rgb = new byte[3 * side * side];
      int left = side / 8 + t * pixels;
      for (int i = 0; i < side * side; i++) {
        int x = i % side - left;
        int y = i / side - side / 3;
        boolean inside = x >= 0 && y >= 0 && x < size && y < size;
        int level = !inside ? 60 : (x * 7 / size + y * 7 / size) % 2 == 0 ? 200 : 120;
        int shown = Math.min(255, level + (noise == 0 ? 0 : random.nextInt(noise)));
        for (int k = 0; k < 3; k++) {
          rgb[3 * i + k] = (byte) shown;
        }
      }
      frames.add(new Picture(side, side, rgb));
    }
    return new Clip(8, frames);
  }
}
