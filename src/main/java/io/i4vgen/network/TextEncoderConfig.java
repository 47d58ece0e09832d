// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * The shape of a CLIP text model.
 *
 * @param width channels of a token's embedding
 * @param intermediateWidth channels inside a layer's feed-forward part
 * @param layers number of layers
 * @param heads attention heads of a layer; divides {@code width}
 * @param vocabulary number of tokens
 * @param positions longest text in tokens
 * @param activation {@code quick_gelu} (OpenAI's CLIP, SD 1.x) or {@code gelu} (OpenCLIP, SD 2.x)
 * @param normEps the layer normalisation's epsilon
 */
public record TextEncoderConfig(int width, int intermediateWidth, int layers, int heads, int vocabulary, int positions,
    String activation, double normEps) {

  private static final Set<String> ACTIVATIONS = Set.of("quick_gelu", "gelu");

  public TextEncoderConfig {
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "text encoder config: hidden_size %d is not a multiple of num_attention_heads %d".formatted(width, heads));
    }
    if (!ACTIVATIONS.contains(activation)) {
      throw new IllegalArgumentException(
          "text encoder config: hidden_act is %s, expected one of %s".formatted(activation, ACTIVATIONS));
    }
  }

  /** Reads a {@code config.json} of the transformers library's CLIPTextModel. */
  public static TextEncoderConfig of(JsonNode json) {
    ConfigReader config = new ConfigReader("text encoder", json);
    return new TextEncoderConfig(config.positive("hidden_size"), config.positive("intermediate_size"),
        config.positive("num_hidden_layers"), config.positive("num_attention_heads"), config.positive("vocab_size"),
        config.positive("max_position_embeddings", 77), config.text("hidden_act", "quick_gelu"),
        config.number("layer_norm_eps", 1e-5));
  }

  ExpectedWeights weights() {
    ExpectedWeights expected = new ExpectedWeights()
        .tensor("text_model.embeddings.token_embedding.weight", vocabulary, width)
        .tensor("text_model.embeddings.position_embedding.weight", positions, width)
        .norm("text_model.final_layer_norm", width);
    for (int i = 0; i < layers; i++) {
      layer(expected, "text_model.encoder.layers." + i);
    }
    return expected;
  }

  private void layer(ExpectedWeights expected, String name) {
    for (String projection : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      expected.linear(name + ".self_attn." + projection, width, width);
    }
    expected.norm(name + ".layer_norm1", width).norm(name + ".layer_norm2", width)
        .linear(name + ".mlp.fc1", width, intermediateWidth).linear(name + ".mlp.fc2", intermediateWidth, width);
  }
}
