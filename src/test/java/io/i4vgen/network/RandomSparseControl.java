// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.diffusion.TorchRandom;
import io.i4vgen.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** SparseCtrl networks of the demo pack's size with random weights: they have an effect, but no sense. */
public final class RandomSparseControl {

  private static final String CONFIG = """
      {"_class_name": "SparseControlNetModel", "block_out_channels": [32, 96, 128, 128], "layers_per_block": 1,
       "cross_attention_dim": %d, "attention_head_dim": %d, "norm_num_groups": %d, "in_channels": 4,
       "down_block_types": ["DownBlockMotion", "CrossAttnDownBlockMotion", "CrossAttnDownBlockMotion",
                            "DownBlockMotion"],
       "conditioning_channels": %d, "use_simplified_condition_embedding": %s,
       "conditioning_embedding_out_channels": [4, 4, 8, 8], "motion_max_seq_length": 32,
       "motion_num_attention_heads": 4, "concat_conditioning_mask": true,
       "controlnet_conditioning_channel_order": "rgb"}
      """;

  private RandomSparseControl() {}

  /** Writes {@code config.json} and {@code model.safetensors}, to go with the UNet of a configuration. */
  public static void write(Path folder, Path unetConfig, boolean latents) throws IOException {
    var unet = new ObjectMapper().readTree(unetConfig.toFile());
    String json = CONFIG.formatted(unet.path("cross_attention_dim").asInt(), unet.path("attention_head_dim").asInt(),
        unet.path("norm_num_groups").asInt(32), latents ? 4 : 3, latents);
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), json);
    TorchRandom random = new TorchRandom(latents ? 1 : 2);
    try (NDManager manager = NDManager.newBaseManager()) {
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      SparseControlConfig.of(new ObjectMapper().readTree(json)).weights().shapes().forEach((name, shape) ->
          tensors.put(name, random.draw(manager, new Shape(shape.getShape())).mul(0.1)));
      Safetensors.write(folder.resolve("model.safetensors"), tensors, Map.of());
    }
  }
}
