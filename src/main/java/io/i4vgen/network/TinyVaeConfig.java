// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * The shape of a tiny autoencoder. Lists have one entry for each level, in the order in which an image or a latent
 * passes them.
 *
 * @param imageChannels channels of an image
 * @param latentChannels channels of a latent
 * @param encoderWidth channels of the encoder's levels, all of them
 * @param decoderWidth channels of the decoder's levels, all of them
 * @param encoderBlocks residual blocks of each level of the encoder; each level but the first halves the image
 * @param decoderBlocks residual blocks of each level of the decoder; each level but the last scales up
 * @param activation relu, silu, gelu or mish
 * @param upsampling how many times a level of the decoder is scaled up
 * @param scalingFactor a diffusion latent is {@code (raw latent - shift) * scalingFactor}
 * @param shift subtracted before scaling
 * @param range where a latent is made visible as an image
 */
public record TinyVaeConfig(int imageChannels, int latentChannels, int encoderWidth, int decoderWidth,
    List<Integer> encoderBlocks, List<Integer> decoderBlocks, String activation, int upsampling, double scalingFactor,
    double shift, Range range) {

  private static final String NETWORK = "tiny vae";

  /**
   * How raw latents are mapped to 0..1, so that they can be stored as images: {@code latent / (2 * magnitude) + shift}.
   *
   * @param magnitude about the largest absolute value of a latent
   * @param shift what a latent of 0 becomes
   */
  public record Range(double magnitude, double shift) {}

  public TinyVaeConfig {
    if (!(scalingFactor > 0)) {
      throw new IllegalArgumentException(
          "%s config: scaling_factor is %s, expected a number above 0".formatted(NETWORK, scalingFactor));
    }
    if (!(range.magnitude() > 0)) {
      throw new IllegalArgumentException(
          "%s config: latent_magnitude is %s, expected a number above 0".formatted(NETWORK, range.magnitude()));
    }
  }

  /** TAESD as it is published for Stable Diffusion 1.x and 2.x. */
  public static TinyVaeConfig taesd() {
    return new TinyVaeConfig(3, 4, 64, 64, List.of(1, 3, 3, 3), List.of(3, 3, 3, 1), "relu", 2, 1, 0,
        new Range(3, 0.5));
  }

  /** Reads a {@code config.json} of diffusers' AutoencoderTiny. */
  public static TinyVaeConfig of(JsonNode json) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    config.only("act_fn", "relu", "silu", "swish", "gelu", "mish");
    config.only("upsample_fn", "nearest");
    return new TinyVaeConfig(config.positive("in_channels", 3), config.positive("latent_channels", 4),
        width(config, "encoder_block_out_channels", "num_encoder_blocks"),
        width(config, "decoder_block_out_channels", "num_decoder_blocks"), config.positives("num_encoder_blocks"),
        config.positives("num_decoder_blocks"), config.text("act_fn", "relu"),
        config.positive("upsampling_scaling_factor", 2), config.number("scaling_factor", 1),
        config.number("shift_factor", 0),
        new Range(config.number("latent_magnitude", 3), config.number("latent_shift", 0.5)));
  }

  /** How many pixels an element of a latent is wide and high. */
  public int factor() {
    return 1 << (encoderBlocks.size() - 1);
  }

  /** The file gives a width for each level, but nothing between levels could change it. */
  private static int width(ConfigReader config, String field, String blocks) {
    List<Integer> widths = config.positives(field);
    int levels = config.positives(blocks).size();
    if (widths.size() != levels || widths.stream().distinct().count() != 1) {
      throw new IllegalArgumentException("%s config: %s is %s, expected the same number %d times, as %s has levels"
          .formatted(NETWORK, field, widths, levels, blocks));
    }
    return widths.get(0);
  }

  ExpectedWeights encoderWeights() {
    ExpectedWeights expected = new ExpectedWeights();
    expected.conv("encoder.layers.0", imageChannels, encoderWidth, 3);
    int i = 1;
    for (int level = 0; level < encoderBlocks.size(); level++) {
      if (level > 0) {
        expected.tensor("encoder.layers." + i++ + ".weight", encoderWidth, encoderWidth, 3, 3);
      }
      i = blocks(expected, "encoder.layers.", i, encoderBlocks.get(level), encoderWidth);
    }
    return expected.conv("encoder.layers." + i, encoderWidth, latentChannels, 3);
  }

  /** An activation follows the first convolution, an upsampling each level; they take a number but have no weights. */
  ExpectedWeights decoderWeights() {
    ExpectedWeights expected = new ExpectedWeights();
    expected.conv("decoder.layers.0", latentChannels, decoderWidth, 3);
    int i = 2;
    for (int level = 0; level < decoderBlocks.size(); level++) {
      i = blocks(expected, "decoder.layers.", i, decoderBlocks.get(level), decoderWidth);
      if (level < decoderBlocks.size() - 1) {
        expected.tensor("decoder.layers." + (i + 1) + ".weight", decoderWidth, decoderWidth, 3, 3);
        i += 2;
      }
    }
    return expected.conv("decoder.layers." + i, decoderWidth, imageChannels, 3);
  }

  private static int blocks(ExpectedWeights expected, String layers, int first, int count, int width) {
    for (int i = first; i < first + count; i++) {
      for (int part = 0; part <= 4; part += 2) {
        expected.conv(layers + i + ".conv." + part, width, width, 3);
      }
    }
    return first + count;
  }
}
