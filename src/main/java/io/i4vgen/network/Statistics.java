// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import java.util.Arrays;
import java.util.List;

/**
 * From what the group normalisations of a video UNet with motion modules take their mean and variance. For an image
 * they are all the same.
 */
public enum Statistics {

  /** From each frame by itself, everywhere: AnimateDiff v2 and v3 ({@code use_inflated_groupnorm}). */
  PER_FRAME("perFrame"),
  /** From all frames of a clip in residual layers, elsewhere from each frame: AnimateDiff v1. */
  PER_CLIP("perClip"),
  /** From all frames of a clip in motion modules, elsewhere from each frame: the diffusers library. */
  SHARED("shared");

  private static final int POSITIONS_OF_V1 = 24;

  private final String word;

  Statistics(String word) {
    this.word = word;
  }

  /** What published motion modules were trained with: those with places for 24 frames and no middle one are v1. */
  static Statistics ofTraining(int maxFrames, boolean midBlock) {
    return maxFrames == POSITIONS_OF_V1 && !midBlock ? PER_CLIP : PER_FRAME;
  }

  /** What packs call them. */
  public static List<String> words() {
    return Arrays.stream(values()).map(one -> one.word).toList();
  }

  /** @throws IllegalArgumentException if it is none of {@link #words} */
  public static Statistics of(String word) {
    return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst().orElseThrow(() ->
        new IllegalArgumentException("statistics '%s': must be one of %s".formatted(word, words())));
  }
}
