// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The shape of a Stable Diffusion UNet, and of its motion modules where it has them. Lists have one entry for each
 * level of the down path, from the finest; the up path mirrors them.
 *
 * @param inChannels channels of the noisy latent
 * @param outChannels channels of the prediction
 * @param channels channels of each level
 * @param attention whether each level has cross-attention
 * @param layers residual layers of each level (the up path has one more)
 * @param transformerLayers transformer blocks after each residual layer of a level
 * @param heads attention heads of each level (diffusers calls this attention_head_dim)
 * @param textWidth channels of the text embeddings
 * @param groups groups of every group normalisation outside the motion modules
 * @param normEps epsilon of the residual layers' normalisation
 * @param linearProjection whether transformers project with matrices (SD 2.x) rather than 1x1 convolutions
 * @param timeEmbedding how a timestep becomes an embedding
 * @param downsamplePadding padding of the downsampling convolutions: 1, or 0 for right and bottom only
 * @param centerInput whether the sample is first mapped from 0..1 to -1..1
 * @param motion the motion modules of a video UNet
 */
public record UnetConfig(int inChannels, int outChannels, List<Integer> channels, List<Boolean> attention,
    List<Integer> layers, List<Integer> transformerLayers, List<Integer> heads, int textWidth, int groups,
    double normEps, boolean linearProjection, TimeEmbedding timeEmbedding, int downsamplePadding, boolean centerInput,
    Optional<MotionConfig> motion) {

  /**
   * Sinusoidal embedding of a timestep.
   *
   * @param flipSinToCos cosines first
   * @param freqShift subtracted from the number of frequencies (SD: 0, DDPM: 1)
   */
  public record TimeEmbedding(boolean flipSinToCos, double freqShift) {}

  private static final String NETWORK = "unet";

  public UnetConfig {
    Objects.requireNonNull(motion, "motion");
    for (int i = 0; i < channels.size(); i++) {
      requireMultiple(channels.get(i), "norm_num_groups", groups);
      requireMultiple(channels.get(i), "attention_head_dim (number of heads)", heads.get(i));
    }
    motion.ifPresent(m -> channels.forEach(c -> requireMultiple(c, "motion_norm_num_groups", m.groups())));
    motion.ifPresent(m -> channels.forEach(c -> requireMultiple(c, "motion_num_attention_heads", m.heads())));
    if (downsamplePadding < 0 || downsamplePadding > 1) {
      throw new IllegalArgumentException(
          "unet config: downsample_padding is %d, expected 0 or 1".formatted(downsamplePadding));
    }
  }

  /**
   * Reads a {@code config.json} of diffusers' UNet2DConditionModel or UNetMotionModel (with its motion modules), or
   * the UNet part of an original AnimateDiff configuration (whose motion modules it does not).
   *
   * @throws IllegalArgumentException naming the field that is missing, malformed or asks for an unsupported variant
   */
  public static UnetConfig of(JsonNode json) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    UnetConfig read = read(config);
    requireMirrored(config, read.attention, read.levels());
    return json.hasNonNull("motion_max_seq_length")
        ? read.withMotion(MotionConfig.ofMotionModel(json, read.groups))
        : read;
  }

  /** Reads what a network that has a UNet's down path and middle block alone says of them; without motion modules. */
  static UnetConfig ofEncoder(ConfigReader config) {
    UnetConfig read = read(config);
    if (read.attention.size() != read.levels()) {
      throw new IllegalArgumentException("%s config: down_block_types %s, expected %d entries as block_out_channels has"
          .formatted(config.network(), config.json().get("down_block_types"), read.levels()));
    }
    return read;
  }

  private static UnetConfig read(ConfigReader config) {
    refuseVariants(config);
    List<Integer> channels = config.positives("block_out_channels");
    int levels = channels.size();
    List<Boolean> attention = config.texts("down_block_types").stream().map(UnetConfig::hasAttention).toList();
    int groups = config.positive("norm_num_groups", 32);
    String heads = config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
    return new UnetConfig(config.positive("in_channels", 4), config.positive("out_channels", 4), channels, attention,
        config.perBlock("layers_per_block", levels, 2), config.perBlock("transformer_layers_per_block", levels, 1),
        config.perBlock(heads, levels, 8), textWidth(config, levels), groups,
        config.number("norm_eps", 1e-5), config.flag("use_linear_projection", false),
        new TimeEmbedding(config.flag("flip_sin_to_cos", true), config.number("freq_shift", 0)),
        (int) config.number("downsample_padding", 1), config.flag("center_input_sample", false),
        Optional.empty());
  }

  /** The same network with motion modules, or with other ones. */
  public UnetConfig withMotion(MotionConfig modules) {
    return new UnetConfig(inChannels, outChannels, channels, attention, layers, transformerLayers, heads, textWidth,
        groups, normEps, linearProjection, timeEmbedding, downsamplePadding, centerInput, Optional.of(modules));
  }

  int levels() {
    return channels.size();
  }

  long[] headsOfCall() {
    return heads.stream().mapToLong(Integer::longValue).toArray();
  }

  /** Channels of the states that the up path takes in again, in the order in which the down path makes them. */
  List<Integer> stateChannels() {
    List<Integer> states = new ArrayList<>(List.of(channels.get(0)));
    for (int level = 0; level < levels(); level++) {
      int downsampled = level < levels() - 1 ? 1 : 0;
      states.addAll(Collections.nCopies(layers.get(level) + downsampled, channels.get(level)));
    }
    return states;
  }

  private static void refuseVariants(ConfigReader config) {
    config.only("act_fn", "silu", "swish");
    config.only("mid_block_type", "UNetMidBlock2DCrossAttn", "UNetMidBlock3DCrossAttn");
    config.only("mid_block_scale_factor", 1.0);
    config.only("resnet_time_scale_shift", "default");
    config.only("resnet_out_scale_factor", 1.0);
    config.only("time_embedding_type", "positional");
    config.only("attention_type", "default");
    config.only("mid_block_layers", 1.0);
    config.absent("addition_embed_type", "class_embed_type", "num_class_embeds", "encoder_hid_dim",
        "encoder_hid_dim_type", "time_cond_proj_dim", "time_embedding_dim", "time_embedding_act_fn",
        "timestep_post_act", "only_cross_attention", "mid_block_only_cross_attention", "dual_cross_attention",
        "cross_attention_norm", "resnet_skip_time_act", "reverse_transformer_layers_per_block",
        "unet_use_cross_frame_attention", "unet_use_temporal_attention");
  }

  /** The file may list a width for each block, but there is one text. */
  private static int textWidth(ConfigReader config, int levels) {
    List<Integer> widths = config.perBlock("cross_attention_dim", levels, 768);
    if (widths.stream().distinct().count() > 1) {
      throw new IllegalArgumentException(
          "unet config: cross_attention_dim is %s, expected the same number for all blocks".formatted(widths));
    }
    return widths.get(0);
  }

  private static boolean hasAttention(String block) {
    String kind = block.replaceFirst("(2D|3D|Motion)$", "");
    return switch (kind) {
      case "CrossAttnDownBlock", "CrossAttnUpBlock" -> true;
      case "DownBlock", "UpBlock" -> false;
      default -> throw new IllegalArgumentException(
          "unet config: block type %s is not supported, expected (CrossAttn)Down/UpBlock2D".formatted(block));
    };
  }

  private static void requireMirrored(ConfigReader config, List<Boolean> attention, int levels) {
    List<Boolean> up = new ArrayList<>(
        config.texts("up_block_types").stream().map(UnetConfig::hasAttention).toList());
    Collections.reverse(up);
    if (attention.size() != levels || !up.equals(attention)) {
      throw new IllegalArgumentException(("unet config: down_block_types %s and up_block_types %s must mirror each"
          + " other, with %d entries as block_out_channels has")
          .formatted(config.json().get("down_block_types"), config.json().get("up_block_types"), levels));
    }
  }

  private static void requireMultiple(int channels, String field, int divisor) {
    if (channels % divisor != 0) {
      throw new IllegalArgumentException(
          "unet config: block_out_channels %d is not a multiple of %s %d".formatted(channels, field, divisor));
    }
  }
}
