// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The tensors that stages hand on, by the name they have in a generation and in its file. */
public enum Part {
  /**
   * The encoded prompts {@code [2, tokens, width]}: row 0 the negative prompt, row 1 the prompt; or
   * {@code [1 + frames, tokens, width]}: the negative prompt, then a prompt for each frame.
   */
  TEXT("text", "text-encode", "prompt-travel"),
  /** The latents of the candidate images {@code [candidates, channels, height, width]}. */
  CANDIDATES("candidates", "candidates"),
  /** The candidate images {@code [candidates, 3, height, width]}, bytes. */
  IMAGES("images", "image-reward"),
  /** The reward of each candidate {@code [candidates]}, or of each picture of those to choose from. */
  REWARDS("rewards", "image-reward", "retrieve"),
  /** The latent of the anchor image {@code [1, channels, height, width]}. */
  ANCHOR("anchor", "select-anchor", "image-anchor", "retrieve"),
  /** The pictures given for some frames, and which frames these are, {@code [frames, channels + 1, height, width]}. */
  CONDITION("condition", "sparsectrl"),
  /** A video without noise {@code [frames, channels, height, width]}, in the latent space. */
  VIDEO("video", "replicate", "ni-vsds", "denoise", "free-init"),
  /** A video with the noise of {@link Fact#START} {@code [frames, channels, height, width]}, in the latent space. */
  NOISY("noisy", "noise"),
  /** The pictures of the video {@code [frames, 3, height, width]}, bytes. */
  FRAMES("frames", "decode");

  private final String key;
  private final String[] makers;

  Part(String key, String... makers) {
    this.key = key;
    this.makers = makers;
  }

  /** Its name in a generation's file. */
  public String key() {
    return key;
  }

  /** Whether a step of that name makes it. */
  public boolean isMadeBy(String stage) {
    return Arrays.asList(makers).contains(stage);
  }

  /** The steps that make it, as a sentence's end: {@code i4vgen-replicate-action, or ...}. */
  String makers() {
    return Arrays.stream(makers).map("i4vgen-%s-action"::formatted).collect(Collectors.joining(" or "));
  }
}
