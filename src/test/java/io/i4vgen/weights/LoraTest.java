// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraTest extends WithMemory {

  private static final String ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.";
  private static final String MOTION = "down_blocks.0.motion_modules.0.transformer_blocks.0.attn1.";

  @ParameterizedTest
  @CsvSource({
      "unet." + ATTENTION + "to_q.lora_A.weight, unet." + ATTENTION + "to_q.lora_B.weight, " + ATTENTION + "to_q",
      "base_model.model." + ATTENTION + "to_q.lora_A.default.weight,"
          + "base_model.model." + ATTENTION + "to_q.lora_B.default.weight, " + ATTENTION + "to_q",
      "unet." + ATTENTION + "to_k.lora.down.weight, unet." + ATTENTION + "to_k.lora.up.weight, " + ATTENTION + "to_k",
      ATTENTION + "processor.to_out_lora.down.weight, " + ATTENTION + "processor.to_out_lora.up.weight, "
          + ATTENTION + "to_out.0",
      "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0.lora_down.weight,"
          + "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0.lora_up.weight, "
          + ATTENTION + "to_out.0",
      "down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0.processor.to_q_lora"
          + ".down.weight, down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0"
          + ".processor.to_q_lora.up.weight, " + MOTION + "to_q"})
  void everyFormNamesTheSameModules(String down, String up, String module) throws IOException {
    Lora lora = lora(Map.of(down, ones(2, 3), up, ones(3, 2)));
    Map<String, NDArray> base = Map.of(module + ".weight", ones(3, 3), "conv_in.weight", ones(1));
    Map<String, NDArray> merged = Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(lora, 0.5)), manager);
    assertThat(merged).containsOnlyKeys(module + ".weight");
    assertThat(merged.get(module + ".weight").toFloatArray()).containsOnly(1 + 0.5f * 2);
    assertThat(base.get(module + ".weight").toFloatArray()).containsOnly(1);
  }

  @Test
  void updatesOfTheTextEncoderAreLeftToIt() throws IOException {
    Lora lora = lora(Map.of("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", ones(1, 2),
        "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", ones(2, 1)));
    List<Lora.Scaled> one = List.of(new Lora.Scaled(lora, 1));
    assertThat(lora.updates(Lora.Target.UNET)).isFalse();
    assertThat(Lora.merged(Map.of("conv_in.weight", ones(1)), Lora.Target.UNET, one, manager)).isEmpty();
    assertThat(Lora.merged(Map.of("text_model.encoder.layers.0.mlp.fc1.weight", ones(2, 2)), Lora.Target.TEXT_ENCODER,
        one, manager)).hasSize(1);
  }

  @Test
  void severalUpdatesAddUpEachWithItsScaleAlphaAndRank() throws IOException {
    Lora first = lora(Map.of("unet.x.lora_A.weight", ones(2, 3), "unet.x.lora_B.weight", ones(3, 2)));
    Lora second = lora(Map.of("lora_unet_x.lora_down.weight", ones(4, 3), "lora_unet_x.lora_up.weight", ones(3, 4),
        "lora_unet_x.alpha", manager.create(2f)));
    Map<String, NDArray> base = Map.of("x.weight", ones(3, 3).toType(DataType.FLOAT16, true));
    NDArray merged = Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(first, 0.5),
        new Lora.Scaled(second, -1), new Lora.Scaled(second.ignoringAlpha(), 2)), manager).get("x.weight");
    assertThat(merged.getDataType()).isEqualTo(DataType.FLOAT16);
    assertThat(merged.toType(DataType.FLOAT32, true).toFloatArray()).containsOnly(1 + 0.5f * 2 - 2 / 4f * 4 + 2 * 4);
  }

  @Test
  void aConvolutionIsUpdatedAsAMatrix() throws IOException {
    Lora lora = lora(Map.of("unet.conv.lora_A.weight", manager.arange(18f).reshape(1, 2, 3, 3),
        "unet.conv.lora_B.weight", manager.create(new float[] {1, 10}, new Shape(2, 1, 1, 1))));
    NDArray merged = Lora.merged(Map.of("conv.weight", manager.zeros(new Shape(2, 2, 3, 3))), Lora.Target.UNET,
        List.of(new Lora.Scaled(lora, 1)), manager).get("conv.weight");
    assertThat(merged.getShape()).isEqualTo(new Shape(2, 2, 3, 3));
    assertThat(merged.get("0,1,2,2").getFloat()).isEqualTo(17);
    assertThat(merged.get("1,0,0,1").getFloat()).isEqualTo(10);
  }

  @Test
  void nothingButTheChangedWeightsIsLeftBehind() throws IOException {
    Lora lora = lora(Map.of("unet.x.lora_A.weight", ones(2, 3), "unet.x.lora_B.weight", ones(3, 2)));
    Map<String, NDArray> base = Map.of("x.weight", ones(3, 3));
    int before = manager.getManagedArrays().size();
    Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(lora, 1), new Lora.Scaled(lora, 2)), manager);
    assertThat(manager.getManagedArrays()).hasSize(before + 1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "unet.y.lora_A.weight unet.y.lora_B.weight | module y is not in the network",
      "unet.x.lora_A.weight                      | module x has only [unet.x.lora_A.weight], expected both factors",
      "unet.x.hada_w1_a unet.x.hada_w1_b         | unet.x.hada_w1_a is no part of a LoRA that is read"})
  void whatDoesNotFitIsNamed(String names, String expected) {
    assertThatThrownBy(() -> {
      Map<String, NDArray> tensors = new TreeMap<>();
      for (String name : names.split(" ")) {
        tensors.put(name, ones(2, 2));
      }
      List<Lora.Scaled> one = List.of(new Lora.Scaled(lora(tensors), 1));
      Lora.merged(Map.of("x.weight", ones(2, 2)), Lora.Target.UNET, one, manager);
    }).isInstanceOf(BadWeights.class).hasMessageStartingWith("file: " + expected);
  }

  @Test
  void factorsOfAnotherShapeAreRefused() throws IOException {
    Lora lora = lora(Map.of("unet.x.lora_A.weight", ones(2, 4), "unet.x.lora_B.weight", ones(3, 2)));
    List<Lora.Scaled> one = List.of(new Lora.Scaled(lora, 1));
    Map<String, NDArray> base = Map.of("x.weight", ones(3, 3));
    assertThatThrownBy(() -> Lora.merged(base, Lora.Target.UNET, one, manager)).isInstanceOf(BadWeights.class)
        .hasMessage("file: module x has factors of shapes (3, 2) and (2, 4), expected a product of shape (3, 3)");
  }

  private NDArray ones(long... shape) {
    return manager.ones(new Shape(shape));
  }

  private static Lora lora(Map<String, NDArray> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, tensors, Map.of());
    return Lora.of(StateDict.of(Safetensors.of(out.toByteArray(), "file")));
  }
}
