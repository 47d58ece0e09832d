// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * The shape of a SparseCtrl network.
 *
 * @param encoder its copy of a UNet's encoder, with motion modules
 * @param conditionChannels channels of a given frame, without its mask: 4 for latents (RGB), 3 for images (scribbles)
 * @param embedding channels of the convolutions that bring images to the size of latents, each but the first halving
 *     them; none if the given frames are latents
 */
public record SparseControlConfig(UnetConfig encoder, int conditionChannels, List<Integer> embedding) {

  private static final String NETWORK = "sparsectrl";

  public SparseControlConfig {
    embedding = List.copyOf(embedding);
    if (encoder.motion().isEmpty()) {
      throw new IllegalArgumentException(NETWORK + " config: the encoder has no motion modules");
    }
  }

  /**
   * Reads a {@code config.json} of diffusers' SparseControlNetModel, or the configuration of AnimateDiff's own together
   * with the UNet's that it extends. Statistics of all normalisations are per frame, as the weights were trained.
   *
   * @throws IllegalArgumentException naming the field that is missing, malformed or asks for an unsupported variant
   */
  public static SparseControlConfig of(JsonNode json) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    config.only("set_noisy_sample_input_to_zero", true);
    config.only("concate_conditioning_mask", true);
    config.only("concat_conditioning_mask", true);
    config.only("controlnet_conditioning_channel_order", "rgb");
    config.absent("global_pool_conditions", "motion_module_mid_block");
    UnetConfig encoder = UnetConfig.ofEncoder(config);
    boolean latents = config.flag("use_simplified_condition_embedding", true);
    return new SparseControlConfig(encoder.withMotion(MotionConfig.ofSparseControl(json, encoder.groups())),
        config.positive("conditioning_channels", 4), latents ? List.of() : embedding(config));
  }

  private static List<Integer> embedding(ConfigReader config) {
    String field = "conditioning_embedding_out_channels";
    return config.has(field) ? config.positives(field) : List.of(16, 32, 96, 256);
  }

  /** The longest clip that it has positions for. */
  public int maxFrames() {
    return motion().maxFrames();
  }

  /** Whether the given frames are latents, and no images. */
  public boolean isForLatents() {
    return embedding.isEmpty();
  }

  /** How many pixels of a given frame an element of a latent is wide and high; 1 for latents. */
  public int factor() {
    return embedding.isEmpty() ? 1 : 1 << (embedding.size() - 1);
  }

  MotionConfig motion() {
    return encoder.motion().orElseThrow();
  }

  ExpectedWeights weights() {
    ExpectedWeights expected = UnetWeights.ofEncoder(encoder);
    embeddingWeights(expected, "controlnet_cond_embedding", encoder.channels().get(0));
    List<Integer> states = encoder.stateChannels();
    for (int i = 0; i < states.size(); i++) {
      expected.conv("controlnet_down_blocks." + i, states.get(i), states.get(i), 1);
    }
    int last = states.get(states.size() - 1);
    return expected.conv("controlnet_mid_block", last, last, 1);
  }

  /** The mask is one more channel. */
  private void embeddingWeights(ExpectedWeights expected, String name, int out) {
    if (embedding.isEmpty()) {
      expected.conv(name, conditionChannels + 1, out, 3);
      return;
    }
    int width = embedding.get(0);
    expected.conv(name + ".conv_in", conditionChannels + 1, width, 3);
    for (int i = 1; i < embedding.size(); i++) {
      expected.conv(name + ".blocks." + (2 * i - 2), width, width, 3)
          .conv(name + ".blocks." + (2 * i - 1), width, embedding.get(i), 3);
      width = embedding.get(i);
    }
    expected.conv(name + ".conv_out", width, out, 3);
  }
}
