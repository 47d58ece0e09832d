// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.UnderLocale;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.StateDict;
import io.i4vgen.weights.TensorInfo;
import io.i4vgen.weights.WeightsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the configurations that were published with the weights. */
class ConfigFromShapesTest {

  private static final String BLOCKS = """
      "block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2,
      "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
      "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]""";

  @ParameterizedTest
  @ValueSource(strings = {
      "\"cross_attention_dim\": 768, \"attention_head_dim\": 8",
      "\"cross_attention_dim\": 1024, \"attention_head_dim\": [5, 10, 20, 20], \"use_linear_projection\": true",
      "\"cross_attention_dim\": 768, \"attention_head_dim\": 8, \"in_channels\": 9"})
  void aUnetOfStableDiffusion(String particular) throws JsonProcessingException {
    UnetConfig config = UnetConfig.of(json("{" + BLOCKS + "," + particular + "}"));
    assertThat(ConfigFromShapes.unet(file(UnetWeights.of(config)))).isEqualTo(config);
  }

  @Test
  void countsBlocksWithTheSameDigitsForEveryUser() throws Throwable {
    UnderLocale.run("fa", () -> aUnetOfStableDiffusion("\"cross_attention_dim\": 768, \"attention_head_dim\": 8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "\"use_motion_mid_block\": false, \"motion_max_seq_length\": 24", "\"motion_max_seq_length\": 32"})
  void theMotionModulesOfAnimateDiff(String particular) throws JsonProcessingException {
    MotionConfig config = MotionConfig.of(json("{" + particular + "}"));
    UnetConfig unet = UnetConfig.of(json("{" + BLOCKS + "}")).withMotion(config);
    StateDict state = file(UnetWeights.of(unet)).drop(name -> !name.contains("motion_modules"));
    assertThat(ConfigFromShapes.motion(state)).isEqualTo(config);
    assertThat(config.statistics()).isEqualTo(config.maxFrames() == 24 ? Statistics.PER_CLIP : Statistics.PER_FRAME);
    assertThat(ConfigFromShapes.motion(state.drop(name -> name.endsWith(".pe"))).maxFrames()).isEqualTo(32);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"conditioning_channels\": 4, \"use_simplified_condition_embedding\": true",
      "\"conditioning_channels\": 3, \"use_simplified_condition_embedding\": false"})
  void theSparseCtrlOfAnimateDiff(String particular) throws JsonProcessingException {
    SparseControlConfig config = SparseControlConfig.of(json("{" + BLOCKS + "," + particular
        + ", \"in_channels\": 4, \"attention_head_dim\": 8, \"cross_attention_dim\": 768}"));
    assertThat(ConfigFromShapes.sparseControl(file(config.weights()))).isEqualTo(config);
  }

  @Test
  void theVaeOfStableDiffusion() throws JsonProcessingException {
    VaeConfig config = VaeConfig.of(json("""
        {"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 4, "down_block_types":
         ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"], "up_block_types":
         ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]}"""));
    assertThat(ConfigFromShapes.vae(file(config.weights()))).isEqualTo(config);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "{\"hidden_size\": 768, \"intermediate_size\": 3072, \"num_hidden_layers\": 12, \"num_attention_heads\": 12,"
          + "\"vocab_size\": 49408, \"hidden_act\": \"quick_gelu\"}",
      "{\"hidden_size\": 1024, \"intermediate_size\": 4096, \"num_hidden_layers\": 23, \"num_attention_heads\": 16,"
          + "\"vocab_size\": 49408, \"hidden_act\": \"gelu\"}"})
  void theTextEncodersOfStableDiffusion(String published) throws JsonProcessingException {
    TextEncoderConfig config = TextEncoderConfig.of(json(published));
    assertThat(ConfigFromShapes.text(file(config.weights()))).isEqualTo(config);
  }

  @Test
  void aFileWithoutTheNetworkIsRefused() {
    StateDict other = file(new ExpectedWeights().tensor("x", 1));
    assertThatThrownBy(() -> ConfigFromShapes.unet(other)).isInstanceOf(BadWeights.class)
        .hasMessageContaining("file: has no tensor");
  }

  private static JsonNode json(String text) throws JsonProcessingException {
    return new ObjectMapper().readTree(text);
  }

  /** A file that has names and shapes only: full-size weights would be gigabytes. */
  private static StateDict file(ExpectedWeights weights) {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    weights.shapes().forEach((name, shape) -> tensors.put(name,
        new TensorInfo(name, DataType.FLOAT32, new Shape(shape.getShape()), 0, 4 * shape.size())));
    return StateDict.of(new WeightsFile() {
      @Override
      public Path path() {
        return Path.of("file");
      }

      @Override
      public Map<String, TensorInfo> tensors() {
        return tensors;
      }

      @Override
      public Map<String, String> metadata() {
        return Map.of();
      }

      @Override
      public ByteBuffer bytes(String name) {
        throw new UnsupportedOperationException(name);
      }

      @Override
      public void close() {}
    });
  }
}
