// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.weights.Lora;
import java.util.Optional;

/** The networks that a pack may have. */
public enum Kind {
  /** CLIP's text model. */
  TEXT_ENCODER("textEncoder"),
  /** The denoiser of images. */
  UNET("unet"),
  /** The motion modules that make the UNet a denoiser of videos. */
  MOTION("motion"),
  /** Between pixels and latents. */
  VAE("vae"),
  /** From latents to pixels in a tenth of the time, for previews. */
  TINY_VAE("tinyVae"),
  /** SparseCtrl for a few given frames. */
  SPARSECTRL_RGB("sparsectrlRgb"),
  /** SparseCtrl for scribbles of a few frames. */
  SPARSECTRL_SCRIBBLE("sparsectrlScribble"),
  /** ImageReward: how well an image shows a prompt. */
  REWARD("reward");

  private final String key;

  Kind(String key) {
    this.key = key;
  }

  /** Its name in {@code plugin.yaml}. */
  public String key() {
    return key;
  }

  /** What a LoRA's file calls it; nothing if low-rank updates are of other networks only. */
  Optional<Lora.Target> updatedAs() {
    return switch (this) {
      case TEXT_ENCODER -> Optional.of(Lora.Target.TEXT_ENCODER);
      case UNET -> Optional.of(Lora.Target.UNET);
      default -> Optional.empty();
    };
  }

  /** Whether no pack can do without it. */
  boolean required() {
    return this == TEXT_ENCODER || this == UNET || this == VAE;
  }
}
