// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What published files of weights hold, as the names and shapes of their tensors show it. */
public enum WeightsKind {
  /** Stable Diffusion in one file: UNet, VAE and text encoder. */
  STABLE_DIFFUSION("a Stable Diffusion checkpoint in one file"),
  UNET("the UNet of a Stable Diffusion"),
  VAE("the VAE of a Stable Diffusion"),
  TEXT_ENCODER("a CLIP text encoder"),
  /** Positions for 24 frames, no module in the middle block. */
  MOTION_V1("AnimateDiff's motion modules, version 1"),
  /** Positions for 32 frames and a module in the middle block: AnimateLCM's and AnimateDiff-Lightning's, too. */
  MOTION_V2("AnimateDiff's motion modules, version 2, or others made like them"),
  /** Positions for 32 frames, no module in the middle block. */
  MOTION_V3("AnimateDiff's motion modules, version 3"),
  LAVIE("LaVie's UNet"),
  SPARSECTRL_RGB("SparseCtrl for pictures"),
  SPARSECTRL_SCRIBBLE("SparseCtrl for scribbles"),
  IMAGE_REWARD("ImageReward"),
  TINY_VAE("a tiny VAE (TAESD)"),
  MOTION_LORA("a LoRA for motion modules"),
  LORA("a LoRA");

  private final String title;

  WeightsKind(String title) {
    this.title = title;
  }

  /** For messages. */
  public String title() {
    return title;
  }

  /** Its name in {@code plugin.yaml}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(WeightsKind::key).toList();
  }

  static WeightsKind of(String key) {
    return Arrays.stream(values()).filter(kind -> kind.key().equals(key)).findFirst().orElseThrow();
  }
}
