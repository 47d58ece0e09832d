// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a network is loaded from.
 *
 * @param config its {@code config.json}, relative to the pack's folder; empty if the shapes of its tensors say enough
 * @param weights its weights' files, relative to the pack's folder
 * @param loras files of low-rank updates, relative to the pack's folder or absolute, and their scales
 * @param options how it is run, where the configuration cannot say
 */
public record NetworkFiles(String config, List<String> weights, Map<String, Double> loras,
    Map<String, String> options) {

  /** From what a video UNet's group normalisations take their {@link io.i4vgen.network.Statistics}. */
  public static final String GROUP_NORM = "groupNorm";
  /** Whose UNet it is: {@link #STABLE_DIFFUSION} or {@link #LAVIE}. */
  public static final String KIND = "kind";
  /** Stable Diffusion's, with or without AnimateDiff's motion modules. */
  public static final String STABLE_DIFFUSION = "stable-diffusion";
  /** That of LaVie, which has temporal attention of its own. */
  public static final String LAVIE = "lavie";
  /** The reward network's second configuration, {@code med_config.json}. */
  public static final String TEXT_CONFIG = "textConfig";

  public NetworkFiles {
    weights = List.copyOf(weights);
    loras = Collections.unmodifiableMap(new LinkedHashMap<>(loras));
    options = Map.copyOf(options);
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("must list one file or more, lists none");
    }
  }

  /** Whether it is LaVie's UNet. */
  boolean isLavie() {
    return LAVIE.equals(options.get(KIND));
  }

  /** Without updates and options. */
  NetworkFiles(String config, List<String> weights) {
    this(config, weights, Map.of(), Map.of());
  }

  /** The same network with other low-rank updates. */
  NetworkFiles withLoras(Map<String, Double> updates) {
    return new NetworkFiles(config, weights, updates, options);
  }
}
