// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The shape of ImageReward: a vision transformer, a BERT that reads the prompt and looks at the image, a linear head.
 *
 * @param vision the image's part
 * @param text the prompt's part
 * @param head widths of the head's linear layers: first the text's width, last 1
 * @param mean subtracted from the head's result ...
 * @param std ... which is then divided by this
 */
public record ImageRewardConfig(Vision vision, Text text, List<Integer> head, double mean, double std) {

  /**
   * The vision transformer.
   *
   * @param imageSize pixels of the square image's side
   * @param patchSize pixels of a patch's side
   * @param width channels of a patch
   * @param layers number of layers
   * @param heads attention heads
   * @param intermediateWidth channels inside the feed-forward part
   * @param normEps epsilon of the layer normalisation
   */
  public record Vision(int imageSize, int patchSize, int width, int layers, int heads, int intermediateWidth,
      double normEps) {

    public Vision {
      requireMultiple("image_size", imageSize, "patch_size", patchSize);
      requireMultiple("vision_width", width, "vision_heads", heads);
    }
  }

  /**
   * The text encoder.
   *
   * @param vocabulary number of tokens
   * @param positions longest prompt in tokens
   * @param width channels of a token
   * @param layers number of layers
   * @param heads attention heads
   * @param intermediateWidth channels inside the feed-forward part
   * @param normEps epsilon of the layer normalisation
   */
  public record Text(int vocabulary, int positions, int width, int layers, int heads, int intermediateWidth,
      double normEps) {

    public Text {
      requireMultiple("hidden_size", width, "num_attention_heads", heads);
    }
  }

  private static final String NETWORK = "image reward";

  public ImageRewardConfig {
    if (head.size() < 2 || head.get(0) != text.width() || head.get(head.size() - 1) != 1) {
      throw new IllegalArgumentException("image reward config: mlp is %s, expected widths from hidden_size %d to 1"
          .formatted(head, text.width()));
    }
    if (!(std > 0)) {
      throw new IllegalArgumentException(
          "image reward config: std is %s, expected a number above 0".formatted(std));
    }
  }

  /**
   * Reads the two files of a model.
   *
   * @param json {@code config.json}: image_size, patch_size, vision_width, vision_layers, vision_heads, vision_mlp,
   *     vision_norm_eps, mlp, mean, std; what is missing is as in ImageReward 1.0 (ViT-L/16 at 224 pixels)
   * @param medConfig {@code med_config.json}: the BERT configuration, in the transformers library's fields
   */
  public static ImageRewardConfig of(JsonNode json, JsonNode medConfig) {
    ConfigReader config = new ConfigReader(NETWORK, json);
    int width = config.positive("vision_width", 1024);
    Vision vision = new Vision(config.positive("image_size", 224), config.positive("patch_size", 16), width,
        config.positive("vision_layers", 24), config.positive("vision_heads", 16),
        config.positive("vision_mlp", 4 * width), config.number("vision_norm_eps", 1e-6));
    Text text = text(new ConfigReader(NETWORK + " text", medConfig));
    List<Integer> head = config.has("mlp") ? config.positives("mlp") : headOfVersion1(text.width());
    return new ImageRewardConfig(vision, text, head, config.number("mean", 0.16717362830052426),
        config.number("std", 1.0333394966054072));
  }

  private static Text text(ConfigReader med) {
    med.only("hidden_act", "gelu");
    return new Text(med.positive("vocab_size", 30524), med.positive("max_position_embeddings", 512),
        med.positive("hidden_size"), med.positive("num_hidden_layers"), med.positive("num_attention_heads"),
        med.positive("intermediate_size"), med.number("layer_norm_eps", 1e-12));
  }

  private static List<Integer> headOfVersion1(int textWidth) {
    List<Integer> head = new ArrayList<>(List.of(textWidth));
    head.addAll(List.of(1024, 128, 64, 16, 1));
    return head;
  }

  ExpectedWeights weights() {
    ExpectedWeights expected = new ExpectedWeights();
    vision(expected);
    expected.tensor("blip.text_encoder.embeddings.word_embeddings.weight", text.vocabulary(), text.width())
        .tensor("blip.text_encoder.embeddings.position_embeddings.weight", text.positions(), text.width())
        .norm("blip.text_encoder.embeddings.LayerNorm", text.width());
    for (int i = 0; i < text.layers(); i++) {
      textLayer(expected, "blip.text_encoder.encoder.layer." + i);
    }
    for (int i = 0; i < head.size() - 1; i++) {
      expected.linear("mlp.layers." + headIndex(i, head.size() - 1), head.get(i), head.get(i + 1));
    }
    return expected;
  }

  /** The head is a sequence of linear layers with a dropout, which has an index too, after each of the first three. */
  static int headIndex(int layer, int layers) {
    int dropouts = Math.min(3, Math.max(0, layers - 2));
    return layer + Math.min(layer, dropouts);
  }

  private void vision(ExpectedWeights expected) {
    String name = "blip.visual_encoder.";
    int width = vision.width();
    int side = vision.imageSize() / vision.patchSize();
    expected.tensor(name + "cls_token", 1, 1, width)
        .tensor(name + "pos_embed", 1, side * side + 1L, width)
        .conv(name + "patch_embed.proj", 3, width, vision.patchSize())
        .norm(name + "norm", width);
    for (int i = 0; i < vision.layers(); i++) {
      String block = name + "blocks." + i;
      expected.norm(block + ".norm1", width)
          .linear(block + ".attn.qkv", width, 3L * width).linear(block + ".attn.proj", width, width)
          .norm(block + ".norm2", width)
          .linear(block + ".mlp.fc1", width, vision.intermediateWidth())
          .linear(block + ".mlp.fc2", vision.intermediateWidth(), width);
    }
  }

  private void textLayer(ExpectedWeights expected, String name) {
    textAttention(expected, name + ".attention", text.width());
    textAttention(expected, name + ".crossattention", vision.width());
    expected.linear(name + ".intermediate.dense", text.width(), text.intermediateWidth())
        .linear(name + ".output.dense", text.intermediateWidth(), text.width())
        .norm(name + ".output.LayerNorm", text.width());
  }

  private void textAttention(ExpectedWeights expected, String name, int contextWidth) {
    int width = text.width();
    expected.linear(name + ".self.query", width, width)
        .linear(name + ".self.key", contextWidth, width).linear(name + ".self.value", contextWidth, width)
        .linear(name + ".output.dense", width, width).norm(name + ".output.LayerNorm", width);
  }

  private static void requireMultiple(String field, int value, String divisorField, int divisor) {
    if (value % divisor != 0) {
      throw new IllegalArgumentException("image reward config: %s %d is not a multiple of %s %d"
          .formatted(field, value, divisorField, divisor));
    }
  }
}
