// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.List;
import java.util.Map;

/**
 * What a network is loaded from.
 *
 * @param config its {@code config.json}, relative to the pack's folder
 * @param weights its safetensors files, relative to the pack's folder
 * @param options how it is run, where the configuration cannot say
 */
public record NetworkFiles(String config, List<String> weights, Map<String, String> options) {

  /** How a motion module's group normalisation takes its statistics: {@link #PER_FRAME} or {@link #SHARED}. */
  public static final String GROUP_NORM = "groupNorm";
  /** From each frame by itself, as AnimateDiff does. */
  public static final String PER_FRAME = "perFrame";
  /** From all frames together, as diffusers does. */
  public static final String SHARED = "shared";
  /** The reward network's second configuration, {@code med_config.json}. */
  public static final String TEXT_CONFIG = "textConfig";

  public NetworkFiles {
    weights = List.copyOf(weights);
    options = Map.copyOf(options);
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("must list one file or more, lists none");
    }
  }
}
