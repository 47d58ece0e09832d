// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.WithMemory;
import io.i4vgen.network.SparseControl.Condition;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.util.List;
import org.junit.jupiter.api.Test;

class SparseControlTest extends WithMemory {

  private static final NetworkCase RGB = new NetworkCase("sparsectrl-rgb");
  private static final NetworkCase SCRIBBLE = new NetworkCase("sparsectrl-scribble");

  /** As diffusers publishes it. */
  private static final String PUBLISHED = """
      {"block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768, "attention_head_dim": 8,
       "down_block_types": ["CrossAttnDownBlockMotion", "CrossAttnDownBlockMotion", "CrossAttnDownBlockMotion",
                            "DownBlockMotion"],
       "in_channels": 4, "conditioning_channels": %d, "layers_per_block": 2, "norm_num_groups": 32,
       "conditioning_embedding_out_channels": [16, 32, 96, 256], "motion_max_seq_length": 32,
       "motion_num_attention_heads": 8, "concat_conditioning_mask": true, "use_simplified_condition_embedding": %s,
       "controlnet_conditioning_channel_order": "rgb", "global_pool_conditions": false}
      """;

  @Test
  void theNamesOfDiffusersGiveTheSame() {
    Condition condition = Condition.of(noise(1, 4, 4, 4), List.of(0), 3);
    NDArray text = noise(1, 7, 16);
    try (StateDict original = RGB.weights(); StateDict state = CheckpointNames.sparseControl(original);
        SparseControl renamed = SparseControl.load(state, SparseControlConfig.of(RGB.config()), manager);
        SparseControl control = load(RGB)) {
      assertThat(state.names()).noneMatch(name -> name.contains("temporal_transformer"));
      assertThat(renamed.predict(condition, timestep(), text, 1).mid())
          .isEqualTo(control.predict(condition, timestep(), text, 1).mid());
    }
  }

  @Test
  void thePublishedNetworksHaveTheirPublishedShapes() {
    var rgb = published(4, true).weights().shapes();
    assertThat(rgb).containsEntry("controlnet_cond_embedding.weight", new Shape(320, 5, 3, 3))
        .containsEntry("controlnet_down_blocks.11.weight", new Shape(1280, 1280, 1, 1))
        .containsKey("down_blocks.3.motion_modules.1.transformer_blocks.0.attn1.to_q.weight")
        .doesNotContainKeys("controlnet_down_blocks.12.weight", "mid_block.motion_modules.0.norm.weight",
            "down_blocks.0.motion_modules.0.transformer_blocks.0.attn2.to_q.weight", "conv_out.weight");
    var scribble = published(3, false).weights().shapes();
    assertThat(scribble).containsEntry("controlnet_cond_embedding.conv_in.weight", new Shape(16, 4, 3, 3))
        .containsEntry("controlnet_cond_embedding.blocks.5.weight", new Shape(256, 96, 3, 3))
        .containsEntry("controlnet_cond_embedding.conv_out.weight", new Shape(320, 256, 3, 3));
    assertThat(published(3, false).factor()).isEqualTo(8);
    assertThat(published(4, true).factor()).isEqualTo(1);
  }

  @Test
  void placesOfGivenFramesCountFromTheStartOrTheEnd() {
    NDArray given = noise(2, 3, 2, 2);
    Condition condition = Condition.of(given, List.of(-1, 1), 4);
    assertThat(condition.frames().get(3)).isEqualTo(given.get(0));
    assertThat(condition.frames().get(1)).isEqualTo(given.get(1));
    assertThat(condition.frames().get(0).abs().sum().getFloat()).isZero();
    assertThat(condition.mask().reshape(4, 4).mean(new int[] {1}).toFloatArray()).containsExactly(0, 1, 0, 1);
    assertThatThrownBy(() -> Condition.of(given, List.of(0, 4), 4))
        .hasMessage("place of a given frame: 4, expected -4 to 3");
    assertThatThrownBy(() -> Condition.of(given, List.of(0), 4))
        .hasMessage("places of given frames: 1, expected 2 to 2");
    assertThatThrownBy(() -> Condition.of(given, List.of(3, -1), 4))
        .hasMessage("places of given frames: [3, -1] are not different frames of 4");
  }

  @Test
  void clipsWithTheSameGivenFramesAreSteeredAsOneByOne() {
    Condition condition = Condition.of(noise(1, 3, 32, 32), List.of(1), 3);
    NDArray first = noise(1, 7, 16);
    NDArray second = noise(1, 7, 16);
    try (SparseControl control = load(SCRIBBLE)) {
      NDArray both = control.predict(condition, timestep(), NDArrays.concat(new NDList(first, second)), 1).mid();
      NDArray one = control.predict(condition, timestep(), second, 1).mid();
      assertNear(both.get("3:"), one);
      assertThat(both.get(":3").sub(one).abs().max().getFloat()).isGreaterThan(1e-3f);
    }
  }

  @Test
  void aTextForEachFrameIsTheTextOfItsFrameAlone() {
    Condition condition = Condition.of(noise(1, 4, 4, 4), List.of(0), 2);
    NDArray text = noise(1, 7, 16);
    NDArray other = noise(1, 7, 16);
    try (SparseControl control = load(RGB)) {
      NDArray one = control.predict(condition, timestep(), NDArrays.concat(new NDList(text, other)), 1).mid();
      NDArray repeated = text.repeat(0, 2).concat(other.repeat(0, 2), 0);
      NDArray each = control.predict(condition, timestep(), repeated, 2, 1).mid();
      assertNear(each, one);
      NDArray mixed = control.predict(condition, timestep(), NDArrays.concat(new NDList(text, other)), 1, 1).mid();
      assertThat(mixed.getShape().get(0)).isEqualTo(2);
      assertThat(mixed.sub(one.get(":2")).abs().max().getFloat()).isGreaterThan(1e-3f);
      assertThatThrownBy(() -> control.predict(condition, timestep(), repeated, 1, 1))
          .hasMessage("text: 4 rows, expected 1, one for each clip, or 2, one for each frame");
    }
  }

  @Test
  void residualsOfScaleZeroChangeNothingAndThoseOfAnotherSampleAreRefused() {
    NDArray sample = noise(2, 4, 8, 8);
    NDArray text = noise(1, 7, 16);
    try (SparseControl control = load(RGB); Unet unet = unet()) {
      NDArray plain = unet.predict(sample, timestep(), text, 2, true);
      Residuals none = control.predict(Condition.of(noise(1, 4, 8, 8), List.of(0), 2), timestep(), text, 0);
      assertThat(unet.predict(sample, false, timestep(), text, 2, true, none)).isEqualTo(plain);
      Residuals other = control.predict(Condition.of(noise(1, 4, 8, 8), List.of(0), 3), timestep(), text, 1);
      assertThatThrownBy(() -> unet.predict(sample, false, timestep(), text, 2, true, other))
          .hasMessageContaining("down residual 0: shape is (3, 8, 8, 8), expected (2, 8, -1, -1)");
      Residuals few = new Residuals(none.down().subList(0, 11), none.mid());
      assertThatThrownBy(() -> unet.predict(sample, false, timestep(), text, 2, true, few))
          .hasMessage("down residuals: 11, expected 12 to 12");
    }
  }

  @Test
  void halfPrecisionIsKeptThroughout() {
    NDArray given = noise(1, 4, 8, 8);
    NDArray text = noise(1, 7, 16);
    try (SparseControl control = load(RGB); StateDict state = RGB.weights();
        SparseControl half = SparseControl.load(state, SparseControlConfig.of(RGB.config()), manager,
            DataType.FLOAT16)) {
      NDArray exact = control.predict(Condition.of(given, List.of(0), 3), timestep(), text, 1).mid();
      NDArray rounded = half.predict(Condition.of(given.toType(DataType.FLOAT16, true), List.of(0), 3), timestep(),
          text.toType(DataType.FLOAT16, true), 1).mid();
      assertThat(rounded.getDataType()).isEqualTo(DataType.FLOAT16);
      NDArray difference = rounded.toType(DataType.FLOAT32, true).sub(exact).abs().max();
      assertThat(difference.getFloat()).isLessThan(0.02f * exact.abs().max().getFloat());
    }
  }

  @Test
  void argumentsThatDisagreeAreRefused() {
    NDArray text = noise(1, 7, 16);
    try (SparseControl control = load(RGB)) {
      assertThatThrownBy(() -> control.predict(Condition.of(noise(1, 4, 2, 2), List.of(0), 33), timestep(), text, 1))
          .hasMessage("frames of the condition: 33, expected 1 to 32");
      Condition odd = new Condition(noise(2, 4, 8, 8), noise(2, 1, 4, 4));
      assertThatThrownBy(() -> control.predict(odd, timestep(), text, 1))
          .hasMessageContaining("mask of the condition: shape is (2, 1, 4, 4), expected (2, 1, 8, 8)");
      assertThatThrownBy(() -> control.embed(Condition.of(noise(1, 3, 8, 8), List.of(0), 2)))
          .hasMessageContaining("condition: shape is (2, 3, 8, 8)");
    }
  }

  @Test
  void weightsAndConfigurationsThatDoNotFitAreRefused() {
    try (StateDict state = SCRIBBLE.weights()) {
      assertThatThrownBy(() -> SparseControl.load(state, SparseControlConfig.of(RGB.config()), manager))
          .isInstanceOf(BadWeights.class).hasMessageContaining("controlnet_cond_embedding.weight is missing");
    }
    assertThatThrownBy(() -> SparseControlConfig.of(RGB.config().put("set_noisy_sample_input_to_zero", false)))
        .hasMessageContaining("sparsectrl config: set_noisy_sample_input_to_zero is false");
    assertThatThrownBy(() -> SparseControlConfig.of(RGB.config().put("motion_module_mid_block", true)))
        .hasMessageContaining("sparsectrl config: motion_module_mid_block is true");
  }

  private SparseControl load(NetworkCase small) {
    try (StateDict state = small.weights()) {
      return SparseControl.load(state, SparseControlConfig.of(small.config()), manager);
    }
  }

  private Unet unet() {
    JsonNode json = RGB.config().get("unet");
    try (StateDict state = RGB.weights("weights-unet")) {
      return Unet.load(state, UnetConfig.of(json).withMotion(MotionConfig.ofOriginal(json).withGroups(4)), manager);
    }
  }

  private static SparseControlConfig published(int channels, boolean latents) {
    try {
      return SparseControlConfig.of(new ObjectMapper().readTree(PUBLISHED.formatted(channels, latents)));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private NDArray timestep() {
    return manager.create(500L);
  }
}
