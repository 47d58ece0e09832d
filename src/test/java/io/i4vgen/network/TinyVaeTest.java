// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.WithMemory;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class TinyVaeTest extends WithMemory {

  private static final NetworkCase CASE = new NetworkCase("taesd");

  @Test
  void aDecoderAloneInItsOwnNamingDecodesAsTheWholeNetworkDoes() {
    NDArray latent = noise(1, 4, 3, 5);
    try (TinyVae decoder = load("weights-original-decoder"); TinyVae whole = load("weights")) {
      assertThat(decoder.decode(latent)).isEqualTo(whole.decode(latent));
      assertThat(decoder.decode(latent).getShape()).isEqualTo(new Shape(1, 3, 24, 40));
      assertThatThrownBy(() -> decoder.encode(manager.zeros(new Shape(1, 3, 8, 8))))
          .isInstanceOf(IllegalStateException.class).hasMessageContaining("[decoder.] only, no encoder.* tensors");
    }
  }

  @Test
  void theScalingFactorIsUndoneByDecoding() {
    NDArray image = noise(1, 3, 16, 16).clip(-1, 1);
    TinyVaeConfig scaled = TinyVaeConfig.of(CASE.config().put("scaling_factor", 0.5).put("shift_factor", 0.25));
    try (StateDict state = CASE.weights("weights"); TinyVae vae = TinyVae.load(state, scaled, manager);
        TinyVae plain = load("weights")) {
      NDArray raw = plain.encode(image);
      assertNear(vae.encode(image), raw.sub(0.25).mul(0.5));
      assertNear(vae.decode(vae.latent(raw)), plain.decode(raw));
    }
  }

  @Test
  void otherWeightsAndOtherSizesAreRefused() {
    try (StateDict state = CASE.weights("weights-original-encoder").rename("autoencoder."::concat)) {
      assertThatThrownBy(() -> TinyVae.load(state, TinyVaeConfig.of(CASE.config()), manager))
          .isInstanceOf(BadWeights.class).hasMessageContaining("decoder.layers.0.weight is missing");
    }
    try (TinyVae vae = load("weights")) {
      assertThatThrownBy(() -> vae.encode(manager.zeros(new Shape(1, 3, 8, 12))))
          .hasMessage("image: 12 pixels high or wide, expected a multiple of 8");
    }
  }

  @Test
  void configurationsThatNothingCouldLoadAreRefused() {
    ObjectNode json = CASE.config();
    json.putArray("decoder_block_out_channels").add(8).add(8).add(8).add(16);
    assertThatThrownBy(() -> TinyVaeConfig.of(json)).hasMessage("tiny vae config: decoder_block_out_channels is"
        + " [8, 8, 8, 16], expected the same number 4 times, as num_decoder_blocks has levels");
    assertThatThrownBy(() -> TinyVaeConfig.of(CASE.config().put("act_fn", "tanh")))
        .hasMessageContaining("act_fn is \"tanh\"");
    assertThatThrownBy(() -> TinyVaeConfig.of(CASE.config().put("latent_magnitude", 0)))
        .hasMessageContaining("latent_magnitude is 0.0, expected a number above 0");
  }

  @Test
  void thePublishedNetworkHasItsPublishedSize() throws IOException {
    TinyVaeConfig taesd = TinyVaeConfig.of(new ObjectMapper().readTree("""
        {"encoder_block_out_channels": [64, 64, 64, 64], "decoder_block_out_channels": [64, 64, 64, 64],
        "num_encoder_blocks": [1, 3, 3, 3], "num_decoder_blocks": [3, 3, 3, 1]}"""));
    assertThat(taesd.encoderWeights().shapes()).hasSize(67)
        .containsEntry("encoder.layers.14.weight", new Shape(4, 64, 3, 3));
    assertThat(taesd.decoderWeights().shapes()).hasSize(67)
        .containsEntry("decoder.layers.18.weight", new Shape(3, 64, 3, 3));
  }

  private TinyVae load(String file) {
    try (StateDict state = CASE.weights(file)) {
      return TinyVae.load(state, TinyVaeConfig.of(CASE.config()), manager);
    }
  }
}
