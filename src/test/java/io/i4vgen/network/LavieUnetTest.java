// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.WithMemory;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.StateDict;
import org.junit.jupiter.api.Test;

class LavieUnetTest extends WithMemory {

  private static final NetworkCase SMALL = new NetworkCase("lavie-unet");

  @Test
  void imagesSharingATextEqualImagesWithATextEach() {
    NDArray sample = noise(3, 4, 8, 8);
    NDArray text = noise(1, 7, 24);
    try (LavieUnet unet = load()) {
      NDArray shared = unet.predict(sample, timestep(), text, 3, false);
      NDArray each = unet.predict(sample, timestep(), text.repeat(0, 3), 1, true);
      assertNear(shared, each);
      NDArray video = unet.predict(sample, timestep(), text, 3, true);
      assertThat(shared.sub(video).abs().max().getFloat()).isGreaterThan(1e-2f);
    }
  }

  @Test
  void clipsThatAreTheSameAreComputedTogetherUntilTheyMeetTheirTexts() {
    NDArray clip = noise(4, 4, 4, 6);
    NDArray sample = clip.concat(clip, 0);
    NDArray text = noise(2, 7, 24);
    try (LavieUnet unet = load()) {
      NDArray each = unet.predict(sample, false, timestep(), text, 4, true);
      NDArray together = unet.predict(sample, true, timestep(), text, 4, true);
      assertNear(together, each);
    }
  }

  @Test
  void aVideoInOneWindowIsAsWithoutWindowsAndInTwoItIsNot() {
    NDArray sample = noise(12, 4, 4, 6);
    NDArray text = noise(2, 7, 24);
    AttentionWindows one = AttentionWindows.of(new int[] {0}, new float[] {1, 2, 3, 3, 2, 1});
    AttentionWindows two = AttentionWindows.of(new int[] {0, 2}, new float[] {1, 2, 2, 1});
    try (LavieUnet unet = load()) {
      NDArray plain = unet.predict(sample, false, timestep(), text, 6, true);
      NDArray whole = unet.predict(sample, false, timestep(), text, 6, true, one);
      assertNear(whole, plain);
      NDArray seen = unet.predict(sample, false, timestep(), text, 6, true, two);
      assertThat(seen.sub(plain).abs().max().getFloat()).isGreaterThan(1e-3f);
      assertThat(unet.predict(sample, false, timestep(), text, 6, false, two).toFloatArray())
          .isEqualTo(unet.predict(sample, false, timestep(), text, 6, false).toFloatArray());
    }
  }

  @Test
  void clipsAreIndependentOfEachOther() {
    NDArray sample = noise(8, 4, 4, 6);
    NDArray text = noise(2, 7, 24);
    try (LavieUnet unet = load()) {
      NDArray both = unet.predict(sample, timestep(), text, 4, true);
      NDArray second = unet.predict(sample.get("4:"), timestep(), text.get("1:2"), 4, true);
      assertNear(both.get("4:"), second);
    }
  }

  @Test
  void aTextForEachFrameEqualsOneForAllIfTheyAreTheSame() {
    NDArray sample = noise(6, 4, 4, 6);
    NDArray text = noise(2, 7, 24);
    try (LavieUnet unet = load()) {
      NDArray one = unet.predict(sample, timestep(), text, 3, true);
      NDArray each = unet.predict(sample, timestep(), text.repeat(0, 3), 3, true);
      assertNear(one, each);
    }
  }

  @Test
  void distancesBetweenSixteenFramesFallIntoThePublishedClasses() {
    try (LavieUnet unet = load()) {
      long[] toEight = unet.relativeBuckets(manager.arange(0, 16, 1, DataType.INT64)).get(8).toLongArray();
      assertThat(toEight).containsExactly(8, 7, 6, 5, 4, 3, 2, 1, 0, 17, 18, 19, 20, 21, 22, 23);
      long[] toFirst = unet.relativeBuckets(manager.arange(0, 40, 1, DataType.INT64)).get(0).toLongArray();
      assertThat(toFirst).startsWith(0, 17, 18, 19, 20, 21, 22, 23, 24, 24, 25, 25, 26, 26, 27, 27).endsWith(31, 31);
    }
  }

  @Test
  void halfPrecisionIsKeptThroughout() {
    NDArray sample = noise(4, 4, 4, 6);
    NDArray text = noise(1, 7, 24);
    try (LavieUnet unet = load(); StateDict state = SMALL.weights();
        LavieUnet half = LavieUnet.load(state, LavieUnetConfig.of(SMALL.config()), manager, DataType.FLOAT16)) {
      NDArray exact = unet.predict(sample, timestep(), text, 4, true);
      NDArray rounded = half.predict(sample.toType(DataType.FLOAT16, true), timestep(),
          text.toType(DataType.FLOAT16, true), 4, true);
      assertThat(rounded.getDataType()).isEqualTo(DataType.FLOAT16);
      assertThat(rounded.toType(DataType.FLOAT32, true).sub(exact).abs().max().getFloat()).isLessThan(0.05f);
    }
  }

  @Test
  void theFrequenciesOfRotaryPositionsMayBeMissing() {
    try (StateDict state = SMALL.weights().drop(name -> name.endsWith("rotary_emb.freqs"));
        LavieUnet unet = LavieUnet.load(state, LavieUnetConfig.of(SMALL.config()), manager)) {
      assertThat(unet.predict(noise(2, 4, 4, 4), timestep(), noise(1, 7, 24), 2, true).getShape())
          .isEqualTo(new Shape(2, 4, 4, 4));
    }
  }

  @Test
  void aFileWithoutConfigurationShowsByItsShapesWhatItIs() {
    try (StateDict state = SMALL.weights()) {
      UnetConfig expected = LavieUnetConfig.of(SMALL.config()).spatial();
      UnetConfig found = ConfigFromShapes.lavie(state, expected.heads(), expected.groups()).spatial();
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void anImageUnetIsNotMistakenForLavie() {
    try (StateDict state = SMALL.weights().drop(name -> name.contains("attn_temp"))) {
      assertThatThrownBy(() -> LavieUnet.load(state, LavieUnetConfig.of(SMALL.config()), manager))
          .isInstanceOf(BadWeights.class).hasMessageContaining("network lavie_unet")
          .hasMessageContaining("attn_temp.to_q.weight is missing");
    }
  }

  @Test
  void configurationsOfOtherNetworksAreRefused() {
    assertThatThrownBy(() -> LavieUnetConfig.of(SMALL.config().put("use_first_frame", true)))
        .hasMessageContaining("lavie unet config: use_first_frame is true");
    assertThatThrownBy(() -> LavieUnetConfig.of(SMALL.config().put("attention_head_dim", 4)))
        .hasMessageContaining("lavie unet config: channels of a head: 16, expected 32 to");
  }

  @Test
  void thePublishedNetworkHas909MillionParameters() throws JsonProcessingException {
    LavieUnetConfig published = LavieUnetConfig.of(new ObjectMapper().readTree("""
        {"block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768, "attention_head_dim": 8,
         "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
         "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
         "layers_per_block": 2, "norm_num_groups": 32}
        """));
    long parameters = UnetWeights.withTemporalAttention(published.spatial()).shapes().values().stream()
        .mapToLong(Shape::size).sum();
    assertThat(parameters).isEqualTo(859_520_964 + 49_603_136);
  }

  private LavieUnet load() {
    try (StateDict state = SMALL.weights()) {
      return LavieUnet.load(state, LavieUnetConfig.of(SMALL.config()), manager);
    }
  }

  private NDArray timestep() {
    return manager.create(500L);
  }
}
