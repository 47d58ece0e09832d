// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The shape of LaVie's UNet: Stable Diffusion's, without motion modules; temporal attention is in its transformers.
 *
 * @param spatial the UNet around it; its heads are at least 32 channels wide, which is how many turn with the frame
 */
public record LavieUnetConfig(UnetConfig spatial) {

  /** Classes of distances between frames that have a bias of their own. */
  static final int DISTANCES = 32;

  private static final int ROTARY_CHANNELS = 32;

  public LavieUnetConfig {
    if (spatial.motion().isPresent()) {
      throw new IllegalArgumentException("lavie unet config: has motion modules, expected none");
    }
    for (int level = 0; level < spatial.levels(); level++) {
      int channels = spatial.channels().get(level) / spatial.heads().get(level);
      Arguments.range("lavie unet config: channels of a head", channels, ROTARY_CHANNELS, Integer.MAX_VALUE);
    }
  }

  /**
   * Reads the {@code unet/config.json} of the Stable Diffusion model that LaVie was made from, or one with LaVie's own
   * names of blocks ({@code CrossAttnDownBlock3D} ...).
   *
   * @throws IllegalArgumentException naming the field that is missing, malformed or asks for an unsupported variant
   */
  public static LavieUnetConfig of(JsonNode json) {
    new ConfigReader("lavie unet", json).absent("use_first_frame", "use_relative_position");
    return new LavieUnetConfig(UnetConfig.of(json));
  }
}
