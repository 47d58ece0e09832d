// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {

  private static final String SD1 = """
      {"block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2, "attention_head_dim": 8,
       "cross_attention_dim": 768, "norm_num_groups": 32, "norm_eps": 1e-05, "act_fn": "silu",
       "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
       "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]}""";

  @Test
  void stableDiffusion15HasItsPublishedNumberOfTensorsAndParameters() throws JsonProcessingException {
    ExpectedWeights expected = UnetWeights.of(UnetConfig.of(json(SD1)));
    assertThat(expected.shapes()).hasSize(686);
    assertThat(expected.shapes().values().stream().mapToLong(shape -> shape.size()).sum()).isEqualTo(859_520_964L);
  }

  @Test
  void motionModulesOfAnimateDiff2HaveTheirPublishedNumberOfParameters() throws JsonProcessingException {
    UnetConfig image = UnetConfig.of(json(SD1));
    MotionConfig motion = MotionConfig.of(json("{}"));
    long withMotion = parameters(image.withMotion(motion)) - parameters(image);
    long positions = 32L * (2 * 320 + 2 * 640 + 5 * 1280 + 6 * 1280 + 3 * 640 + 3 * 320);
    assertThat(withMotion - positions).isBetween(453_100_000L, 453_300_000L);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "act_fn             | \"mish\"         | unet config: act_fn is \"mish\", expected one of [silu, swish]",
      "block_out_channels | []               | unet config: block_out_channels is [], expected a list",
      "block_out_channels | [30, 60, 90, 90] | 30 is not a multiple of norm_num_groups 32",
      "block_out_channels | null             | unet config: block_out_channels is missing",
      "attention_head_dim | [5, 10, 20]      | attention_head_dim is [5,10,20], expected 4 numbers, one a block",
      "attention_head_dim | 7                | 320 is not a multiple of attention_head_dim (number of heads) 7",
      "layers_per_block   | 0                | unet config: layers_per_block is 0, expected a whole number from 1",
      "norm_eps           | \"small\"        | unet config: norm_eps is \"small\", expected a number",
      "down_block_types   | [\"Down\"]       | unet config: block type Down is not supported",
      "down_block_types   | [\"DownBlock2D\"]| must mirror each other, with 4 entries",
      "addition_embed_type| \"text_time\"    | addition_embed_type is \"text_time\", expected null or false",
      "downsample_padding | 2                | downsample_padding is 2, expected 0 or 1"})
  void aUnetConfigurationThatCannotBeRunIsRefused(String field, String value, String message)
      throws JsonProcessingException {
    ObjectNode config = (ObjectNode) json(SD1);
    config.set(field, json(value));
    assertThatThrownBy(() -> UnetConfig.of(config)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void headsMayDifferFromLevelToLevel() throws JsonProcessingException {
    ObjectNode config = (ObjectNode) json(SD1);
    config.set("attention_head_dim", json("[5, 10, 20, 20]"));
    assertThat(UnetConfig.of(config).heads()).containsExactly(5, 10, 20, 20);
  }

  @Test
  void theImageLayersOfAnimateDiff1NormaliseTheFramesOfAClipTogether() throws JsonProcessingException {
    String modules = "\"motion_module_type\": \"Vanilla\", \"motion_module_kwargs\": "
        + "{\"attention_block_types\": [\"Temporal_Self\", \"Temporal_Self\"]}";
    assertThat(MotionConfig.ofOriginal(json("{" + modules + "}")).statistics()).isEqualTo(Statistics.PER_CLIP);
    assertThat(MotionConfig.ofOriginal(json("{\"use_inflated_groupnorm\": true, " + modules + "}")).statistics())
        .isEqualTo(Statistics.PER_FRAME);
  }

  @ParameterizedTest
  @CsvSource({"24, false, PER_CLIP", "24, true, PER_FRAME", "32, false, PER_FRAME", "32, true, PER_FRAME"})
  void motionModulesOfDiffusersAreUsedAsTheyWereTrained(int frames, boolean midBlock, Statistics trained)
      throws JsonProcessingException {
    assertThat(MotionConfig.of(json("{\"motion_max_seq_length\": %d, \"use_motion_mid_block\": %s}"
        .formatted(frames, midBlock))).statistics()).isEqualTo(trained);
  }

  @Test
  void anUnknownActivationOfTheTextEncoderIsRefused() throws JsonProcessingException {
    JsonNode config = json("""
        {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
         "vocab_size": 9, "hidden_act": "relu"}""");
    assertThatThrownBy(() -> TextEncoderConfig.of(config)).hasMessageContaining("hidden_act is relu");
  }

  @Test
  void theSizeOfALatentsElementFollowsFromTheLevels() throws JsonProcessingException {
    VaeConfig config = VaeConfig.of(json("""
        {"block_out_channels": [32, 64, 64], "norm_num_groups": 8, "scaling_factor": 0.5,
         "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
         "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]}"""));
    assertThat(config.factor()).isEqualTo(4);
    assertThat(config.scalingFactor()).isEqualTo(0.5);
  }

  @Test
  void imageRewardWithoutAConfigurationOfItsOwnIsVersion1() throws JsonProcessingException {
    ImageRewardConfig config = ImageRewardConfig.of(json("{}"), json("""
        {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}"""));
    assertThat(config.vision().layers()).isEqualTo(24);
    assertThat(config.head()).containsExactly(768, 1024, 128, 64, 16, 1);
    assertThat(config.weights().shapes()).containsKeys("mlp.layers.0.weight", "mlp.layers.7.bias")
        .doesNotContainKey("mlp.layers.1.weight");
  }

  private static long parameters(UnetConfig config) {
    return UnetWeights.of(config).shapes().values().stream().mapToLong(shape -> shape.size()).sum();
  }

  private static JsonNode json(String text) throws JsonProcessingException {
    return new ObjectMapper().readTree(text);
  }
}
