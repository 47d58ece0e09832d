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
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateDictTest extends WithMemory {

  @Test
  void halfPrecisionFloatsAreWidenedAndWholeNumbersKept() throws IOException {
    NDArray half = manager.create(new float[] {1.5f, -2}).toType(DataType.FLOAT16, true);
    StateDict state = state("file", Map.of("half", half, "ids", manager.create(new long[] {1, 2})));
    Map<String, NDArray> loaded = state.load(manager, DataType.FLOAT32);
    assertThat(loaded.get("half").toFloatArray()).containsExactly(1.5f, -2);
    assertThat(loaded.get("ids").toLongArray()).containsExactly(1, 2);
  }

  @Test
  void aRenamedTensorStillKnowsItsFileAndKey() throws IOException {
    StateDict state = state("file", "old").rename(name -> "new");
    assertThat(state.origin("new")).isEqualTo("file (key old)");
    assertThat(state.load(manager, DataType.FLOAT32)).containsOnlyKeys("new");
  }

  @Test
  void aNameInTwoFilesIsRefused() throws IOException {
    StateDict first = state("one", "x");
    StateDict second = state("two", "x");
    assertThatThrownBy(() -> first.merge(second)).isInstanceOf(BadWeights.class)
        .hasMessage("two: tensor x gets the name x, which tensor x of one has already");
  }

  @Test
  void mergingKeepsTheTensorsOfBoth() throws IOException {
    StateDict merged = state("one", "x").merge(state("two", "y"));
    assertThat(merged.load(manager, DataType.FLOAT32)).containsOnlyKeys("x", "y");
    assertThat(merged.files()).isEqualTo("one, two");
  }

  @ParameterizedTest
  @CsvSource({
      "module.down_blocks.0.motion_modules.1.temporal_transformer.norm.weight,"
          + "down_blocks.0.motion_modules.1.norm.weight",
      "mid_block.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0.to_out.0.bias,"
          + "mid_block.motion_modules.0.transformer_blocks.0.attn1.to_out.0.bias",
      "up_blocks.3.motion_modules.2.temporal_transformer.transformer_blocks.0.attention_blocks.1.to_q.weight,"
          + "up_blocks.3.motion_modules.2.transformer_blocks.0.attn2.to_q.weight",
      "down_blocks.0.motion_modules.1.temporal_transformer.transformer_blocks.0.norms.0.weight,"
          + "down_blocks.0.motion_modules.1.transformer_blocks.0.norm1.weight",
      "down_blocks.0.motion_modules.1.temporal_transformer.transformer_blocks.0.norms.1.bias,"
          + "down_blocks.0.motion_modules.1.transformer_blocks.0.norm2.bias",
      "down_blocks.0.motion_modules.1.temporal_transformer.transformer_blocks.0.ff_norm.bias,"
          + "down_blocks.0.motion_modules.1.transformer_blocks.0.norm3.bias",
      "down_blocks.0.motion_modules.1.temporal_transformer.transformer_blocks.0.attention_blocks.0.pos_encoder.pe,"
          + "down_blocks.0.motion_modules.1.transformer_blocks.0.pos_embed.pe",
      "down_blocks.0.motion_modules.1.transformer_blocks.0.attn1.to_q.weight,"
          + "down_blocks.0.motion_modules.1.transformer_blocks.0.attn1.to_q.weight",
      "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight,"
          + "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight"})
  void motionModulesGetTheNamesOfDiffusers(String original, String expected) throws IOException {
    assertThat(CheckpointNames.motion(state("file", original)).names()).containsExactly(expected);
  }

  @Test
  void theSecondCopyOfTheTableOfPositionsIsDropped() throws IOException {
    String block = "mid_block.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.";
    StateDict state = state("file", Map.of(
        block + "0.pos_encoder.pe", manager.create(1f), block + "1.pos_encoder.pe", manager.create(1f)));
    assertThat(CheckpointNames.motion(state).names())
        .containsExactly("mid_block.motion_modules.0.transformer_blocks.0.pos_embed.pe");
  }

  @Test
  void oldVaeAttentionGetsTheCurrentNamesAndMatrices() throws IOException {
    String block = "decoder.mid_block.attentions.0.";
    Map<String, NDArray> old = new LinkedHashMap<>();
    for (String name : new String[] {"query", "key", "value", "proj_attn"}) {
      old.put(block + name + ".weight", manager.zeros(new Shape(1, 1, 1, 1)));
      old.put(block + name + ".bias", manager.zeros(new Shape(1)));
    }
    old.put("decoder.conv_in.weight", manager.zeros(new Shape(2, 2, 1, 1)));
    StateDict state = CheckpointNames.vae(state("file", old));
    assertThat(state.names()).contains(block + "to_q.weight", block + "to_k.bias", block + "to_v.weight",
        block + "to_out.0.weight", block + "to_out.0.bias").hasSize(9);
    assertThat(state.shape("decoder.conv_in.weight")).isEqualTo(new Shape(2, 2, 1, 1));
    assertThat(state.shape(block + "to_q.weight").dimension()).isLessThan(4);
  }

  @Test
  void clipTextKeysAlwaysHaveTheirPrefixAndLoseTheBufferOfPositions() throws IOException {
    Map<String, NDArray> tensors = Map.of("embeddings.position_ids", manager.create(1L),
        "final_layer_norm.bias", manager.create(1f));
    assertThat(CheckpointNames.clipText(state("file", tensors)).names())
        .containsExactly("text_model.final_layer_norm.bias");
    assertThat(CheckpointNames.clipText(state("file", "text_model.final_layer_norm.bias")).names())
        .containsExactly("text_model.final_layer_norm.bias");
  }

  private StateDict state(String file, String name) throws IOException {
    return state(file, Map.of(name, manager.create(new float[] {1})));
  }

  private static StateDict state(String file, Map<String, NDArray> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, tensors, Map.of());
    return StateDict.of(Safetensors.of(out.toByteArray(), file));
  }
}
