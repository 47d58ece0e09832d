// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Objects;

/**
 * The shape of the motion modules of a video UNet (AnimateDiff): temporal attention after every layer.
 *
 * @param heads attention heads
 * @param groups groups of the module's group normalisation
 * @param maxFrames rows of the table of positions: the longest clip
 * @param midBlock whether the middle block has a module (AnimateDiff v2: yes, v1 and v3: no)
 * @param attentions temporal self-attentions of a transformer block (AnimateDiff: 2)
 * @param transformerLayers transformer blocks of a module
 * @param statistics from what group normalisations take mean and variance, in these modules and around them
 */
public record MotionConfig(int heads, int groups, int maxFrames, boolean midBlock, int attentions,
    int transformerLayers, Statistics statistics) {

  private static final String NETWORK = "motion modules";

  public MotionConfig {
    requirePositive("heads", heads);
    requirePositive("groups", groups);
    requirePositive("maxFrames", maxFrames);
    requirePositive("attentions", attentions);
    requirePositive("transformerLayers", transformerLayers);
    Objects.requireNonNull(statistics, "statistics");
  }

  /** Reads a {@code config.json} of diffusers' MotionAdapter. Statistics are as the weights were trained. */
  public static MotionConfig of(JsonNode json) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    config.absent("conv_in_channels");
    config.only("motion_mid_block_layers_per_block", 1.0);
    int layers = config.positive("motion_transformer_layers_per_block", 1);
    config.only("motion_transformer_layers_per_mid_block", (double) layers);
    return ofDiffusers(config, config.positive("motion_norm_num_groups", 32), layers);
  }

  /**
   * Reads the motion part of a {@code config.json} of diffusers' UNetMotionModel. Statistics are as the weights were
   * trained, not as diffusers has them.
   */
  static MotionConfig ofMotionModel(JsonNode json, int groups) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    config.absent("reverse_temporal_transformer_layers_per_block", "reverse_motion_num_attention_heads");
    int layers = config.positive("temporal_transformer_layers_per_block", 1);
    config.only("temporal_transformer_layers_per_mid_block", (double) layers);
    return ofDiffusers(config, groups, layers);
  }

  private static MotionConfig ofDiffusers(ConfigReader config, int groups, int layers) {
    int maxFrames = config.positive("motion_max_seq_length", 32);
    boolean midBlock = config.flag("use_motion_mid_block", true);
    return new MotionConfig(config.positive("motion_num_attention_heads", 8), groups, maxFrames, midBlock, 2, layers,
        Statistics.ofTraining(maxFrames, midBlock));
  }

  /**
   * Reads the UNet part of an original AnimateDiff inference configuration ({@code motion_module_*} fields). Its group
   * normalisation has 32 groups, whatever the UNet's; {@code use_inflated_groupnorm}, which v1 has not, says with which
   * statistics.
   */
  public static MotionConfig ofOriginal(JsonNode json) {
    boolean inflated = new ConfigReader(NETWORK, json).flag("use_inflated_groupnorm", false);
    return ofOriginalModules(json).withStatistics(inflated ? Statistics.PER_FRAME : Statistics.PER_CLIP);
  }

  private static MotionConfig ofOriginalModules(JsonNode json) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    config.only("motion_module_type", "Vanilla");
    config.absent("motion_module_decoder_only");
    ConfigReader module = new ConfigReader(NETWORK, json.path("motion_module_kwargs"));
    module.only("temporal_position_encoding", true);
    module.only("temporal_attention_dim_div", 1.0);
    List<String> attentions = module.texts("attention_block_types");
    if (!attentions.stream().allMatch("Temporal_Self"::equals)) {
      throw new IllegalArgumentException(
          "%s config: attention_block_types is %s, expected Temporal_Self only".formatted(NETWORK, attentions));
    }
    return new MotionConfig(module.positive("num_attention_heads", 8), 32,
        module.positive("temporal_position_encoding_max_len", 24), config.flag("motion_module_mid_block", false),
        attentions.size(), module.positive("num_transformer_block", 1), Statistics.PER_FRAME);
  }

  /**
   * Reads the motion part of SparseCtrl's configuration, AnimateDiff's or diffusers': one attention a block, no module
   * in the middle block.
   */
  static MotionConfig ofSparseControl(JsonNode json, int groups) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    MotionConfig modules = config.has("motion_module_kwargs")
        ? ofOriginalModules(json)
        : new MotionConfig(config.positive("motion_num_attention_heads", 8), groups,
            config.positive("motion_max_seq_length", 32), false, 1,
            config.positive("temporal_transformer_layers_per_block", 1), Statistics.PER_FRAME);
    return modules.withGroups(config.positive("motion_norm_num_groups", modules.groups()));
  }

  /** The same modules with another number of groups. */
  public MotionConfig withGroups(int count) {
    return new MotionConfig(heads, count, maxFrames, midBlock, attentions, transformerLayers, statistics);
  }

  /** The same modules with other statistics. */
  public MotionConfig withStatistics(Statistics other) {
    return new MotionConfig(heads, groups, maxFrames, midBlock, attentions, transformerLayers, other);
  }

  private static void requirePositive(String field, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s config: %s is %d, expected a whole number from 1".formatted(NETWORK, field, value));
    }
  }
}
