// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;

/**
 * What a VAE makes of an image.
 *
 * @param channels of a latent
 * @param factor by which it is smaller: each of the VAE's blocks but the last halves it
 */
record LatentShape(int channels, int factor) {

  /** What every published VAE of Stable Diffusion makes of an image. */
  static final LatentShape STABLE_DIFFUSION = new LatentShape(4, 8);

  /**
   * Reads the {@code config.json} of an AutoencoderKL.
   *
   * @throws PackException if it is of another network, or has numbers out of range
   */
  static LatentShape read(Path config) {
    JsonNode json = JsonFile.read(config).root();
    if (json.path("_class_name").asText().equals("AutoencoderTiny")) {
      throw new PackException(config + ": is a tiny VAE, which decodes for previews: an AutoencoderKL is needed here,"
          + " and the tiny one can be a pack's network '" + Kind.TINY_VAE.key() + "'");
    }
    int channels = json.path("latent_channels").asInt(4);
    int blocks = json.path("block_out_channels").size();
    if (channels < 1 || blocks < 1 || blocks > 16) {
      throw new PackException(config + ": latent_channels and the number of block_out_channels must be 1 or more, are "
          + channels + " and " + blocks);
    }
    return new LatentShape(channels, 1 << (blocks - 1));
  }
}
