// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

/** The tensors that stages hand on, by the name they have in a generation and in its file. */
public enum Part {
  /**
   * The encoded prompts {@code [2, tokens, width]}: row 0 the negative prompt, row 1 the prompt; or
   * {@code [1 + frames, tokens, width]}: the negative prompt, then a prompt for each frame.
   */
  TEXT("text"),
  /** The latents of the candidate images {@code [candidates, channels, height, width]}. */
  CANDIDATES("candidates"),
  /** The candidate images {@code [candidates, 3, height, width]}, bytes. */
  IMAGES("images"),
  /** The reward of each candidate {@code [candidates]}, or of each picture of those to choose from. */
  REWARDS("rewards"),
  /** The latent of the anchor image {@code [1, channels, height, width]}. */
  ANCHOR("anchor"),
  /** The pictures given for some frames, and which frames these are, {@code [frames, channels + 1, height, width]}. */
  CONDITION("condition"),
  /** A video without noise {@code [frames, channels, height, width]}, in the latent space. */
  VIDEO("video"),
  /** A video with the noise of {@link Fact#START} {@code [frames, channels, height, width]}, in the latent space. */
  NOISY("noisy"),
  /** The pictures of the video {@code [frames, 3, height, width]}, bytes. */
  FRAMES("frames");

  private final String key;

  Part(String key) {
    this.key = key;
  }

  /** Its name in a generation's file. */
  public String key() {
    return key;
  }

  /** Whether a step of that name makes it. */
  public boolean isMadeBy(String stage) {
    return StepParts.named(stage).filter(step -> step.isMakerOf(this)).isPresent();
  }
}
