// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.network.ImageReward;
import io.i4vgen.network.ImageRewardConfig;
import io.i4vgen.weights.StateDict;
import java.util.List;

/** {@code imagereward}: the rewards of several images for one prompt, and which is best. */
final class ImageRewardCheck implements Check {

  @Override
  public String kind() {
    return "imagereward";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    ImageRewardConfig config = ImageRewardConfig.of(model(reference), reference.at("config", "text"));
    try (StateDict state = StateDict.open(reference.weights());
        ImageReward reward = ImageReward.load(state, config, manager)) {
      NDArray scores = reward.score(io.get("in.image"), io.get("in.input_ids"), io.get("in.attention_mask"));
      return List.of(
          Comparison.network("rewards", scores, io.get("out.reward").reshape(-1)),
          Comparison.exact("best image", scores.argMax().getLong(), io.get("out.best_index").getLong(0)));
    }
  }

  /** The case's vision configuration, in the fields of a model's {@code config.json}. */
  private static JsonNode model(Case reference) {
    JsonNode vision = reference.at("config", "vision");
    int width = vision.path("embed_dim").intValue();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("image_size", vision.path("img_size"));
    json.set("patch_size", vision.path("patch_size"));
    json.put("vision_width", width);
    json.set("vision_layers", vision.path("depth"));
    json.set("vision_heads", vision.path("num_heads"));
    json.put("vision_mlp", (int) (width * vision.path("mlp_ratio").asDouble(4)));
    json.set("vision_norm_eps", vision.path("layer_norm_eps"));
    json.set("mean", reference.at("parameters", "mean"));
    json.set("std", reference.at("parameters", "std"));
    return json;
  }
}
