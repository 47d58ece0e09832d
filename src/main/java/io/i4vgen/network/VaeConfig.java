// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * The shape of a Stable Diffusion autoencoder.
 *
 * @param imageChannels channels of an image
 * @param latentChannels channels of a latent
 * @param channels channels of each level, from the finest; each level but the last halves the image
 * @param layers residual layers of a level of the encoder (the decoder has one more)
 * @param groups groups of every group normalisation
 * @param midAttention whether the middle blocks attend
 * @param quantConv whether a 1x1 convolution follows the encoder
 * @param postQuantConv whether a 1x1 convolution precedes the decoder
 * @param scalingFactor a diffusion latent is {@code (raw latent - shift) * scalingFactor}
 * @param shift subtracted before scaling
 */
public record VaeConfig(int imageChannels, int latentChannels, List<Integer> channels, int layers, int groups,
    boolean midAttention, boolean quantConv, boolean postQuantConv, double scalingFactor, double shift) {

  public VaeConfig {
    for (int c : channels) {
      if (c % groups != 0) {
        throw new IllegalArgumentException(
            "vae config: block_out_channels %d is not a multiple of norm_num_groups %d".formatted(c, groups));
      }
    }
    if (!(scalingFactor > 0)) {
      throw new IllegalArgumentException(
          "vae config: scaling_factor is %s, expected a number above 0".formatted(scalingFactor));
    }
  }

  /** Reads a {@code config.json} of diffusers' AutoencoderKL. */
  public static VaeConfig of(JsonNode json) {
    ConfigReader config = new ConfigReader("vae", json);
    config.only("act_fn", "silu", "swish");
    config.absent("latents_mean", "latents_std");
    List<Integer> channels = config.positives("block_out_channels");
    requireBlocks(config, "down_block_types", "DownEncoderBlock2D", channels.size());
    requireBlocks(config, "up_block_types", "UpDecoderBlock2D", channels.size());
    return new VaeConfig(config.positive("in_channels", 3), config.positive("latent_channels", 4), channels,
        config.positive("layers_per_block", 1), config.positive("norm_num_groups", 32),
        config.flag("mid_block_add_attention", true), config.flag("use_quant_conv", true),
        config.flag("use_post_quant_conv", true), config.number("scaling_factor", 0.18215),
        config.number("shift_factor", 0));
  }

  /** How many pixels a latent's element is wide and high. */
  public int factor() {
    return 1 << (channels.size() - 1);
  }

  private static void requireBlocks(ConfigReader config, String field, String kind, int count) {
    List<String> blocks = config.texts(field);
    if (blocks.size() != count || !blocks.stream().allMatch(kind::equals)) {
      throw new IllegalArgumentException(
          "vae config: %s is %s, expected %d times %s".formatted(field, blocks, count, kind));
    }
  }

  ExpectedWeights weights() {
    ExpectedWeights expected = new ExpectedWeights();
    if (quantConv) {
      expected.conv("quant_conv", 2L * latentChannels, 2L * latentChannels, 1);
    }
    if (postQuantConv) {
      expected.conv("post_quant_conv", latentChannels, latentChannels, 1);
    }
    encoder(expected);
    decoder(expected);
    return expected;
  }

  private void encoder(ExpectedWeights expected) {
    int width = channels.get(0);
    expected.conv("encoder.conv_in", imageChannels, width, 3);
    for (int level = 0; level < channels.size(); level++) {
      String block = "encoder.down_blocks." + level;
      resnets(expected, block, layers, width, channels.get(level));
      width = channels.get(level);
      if (level < channels.size() - 1) {
        expected.conv(block + ".downsamplers.0.conv", width, width, 3);
      }
    }
    mid(expected, "encoder.mid_block", width);
    expected.norm("encoder.conv_norm_out", width).conv("encoder.conv_out", width, 2L * latentChannels, 3);
  }

  private void decoder(ExpectedWeights expected) {
    int width = channels.get(channels.size() - 1);
    expected.conv("decoder.conv_in", latentChannels, width, 3);
    mid(expected, "decoder.mid_block", width);
    for (int i = 0; i < channels.size(); i++) {
      String block = "decoder.up_blocks." + i;
      int out = channels.get(channels.size() - 1 - i);
      resnets(expected, block, layers + 1, width, out);
      width = out;
      if (i < channels.size() - 1) {
        expected.conv(block + ".upsamplers.0.conv", width, width, 3);
      }
    }
    expected.norm("decoder.conv_norm_out", width).conv("decoder.conv_out", width, imageChannels, 3);
  }

  private void mid(ExpectedWeights expected, String name, int width) {
    resnets(expected, name, 2, width, width);
    if (midAttention) {
      String attention = name + ".attentions.0";
      expected.norm(attention + ".group_norm", width);
      for (String projection : new String[] {".to_q", ".to_k", ".to_v", ".to_out.0"}) {
        expected.linear(attention + projection, width, width);
      }
    }
  }

  private static void resnets(ExpectedWeights expected, String block, int count, int in, int out) {
    int width = in;
    for (int i = 0; i < count; i++) {
      String name = block + ".resnets." + i;
      expected.norm(name + ".norm1", width).conv(name + ".conv1", width, out, 3)
          .norm(name + ".norm2", out).conv(name + ".conv2", out, out, 3);
      if (width != out) {
        expected.conv(name + ".conv_shortcut", width, out, 1);
      }
      width = out;
    }
  }
}
