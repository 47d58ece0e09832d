// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.WeightsFile;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Random weights in the layout of the published pack {@code animatediff}: one Stable Diffusion checkpoint, motion
 * modules in AnimateDiff's own names, ImageReward's files, each in the repository where it is published. The networks
 * are too small to be told from their shapes, so that there are configurations beside them.
 */
public final class TinyAnimateDiff {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path CASES = Path.of("src/test/resources/reference");
  private static final List<Integer> CHANNELS = List.of(4, 8, 8, 12);
  private static final int TOKENS = 800;
  private static final String SD = "stable-diffusion-v1-5/stable-diffusion-v1-5";

  private TinyAnimateDiff() {}

  /** The files by repository and path: {@code guoyww/animatediff mm_sd_v15_v2.ckpt}. */
  public static Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    JsonNode configs = JSON.readTree(CASES.resolve("ldm-single-file/case.json").toFile()).get("config");
    ((ObjectNode) configs.get("text_encoder")).put("vocab_size", TOKENS);
    files.put(SD + " unet/config.json", JSON.writeValueAsBytes(configs.get("unet")));
    files.put(SD + " vae/config.json", JSON.writeValueAsBytes(configs.get("vae")));
    files.put(SD + " text_encoder/config.json", JSON.writeValueAsBytes(configs.get("text_encoder")));
    for (String name : List.of("vocab.json", "merges.txt")) {
      files.put(SD + " tokenizer/" + name, Files.readAllBytes(CASES.resolve("clip-tokenizer").resolve(name)));
    }
    files.put(SD + " v1-5-pruned-emaonly.safetensors", checkpoint());
    files.put("guoyww/animatediff config.json", JSON.writeValueAsBytes(JSON.createObjectNode()
        .put("motion_num_attention_heads", 2).put("motion_norm_num_groups", 4).put("motion_max_seq_length", 32)
        .put("use_motion_mid_block", true)));
    files.put("guoyww/animatediff mm_sd_v15_v2.ckpt", motion());
    reward(files);
    return files;
  }

  /** Writes the pack's {@code plugin.yaml}, without sizes and checksums, into a folder below {@code packs}. */
  public static Path describe(Path packs, String name) throws IOException {
    Path folder = Files.createDirectories(packs.resolve(name));
    Files.writeString(folder.resolve("plugin.yaml"), """
        name: %s
        description: random weights
        license: Apache-2.0
        video: {width: 64, height: 64, frames: 4, fps: 8}
        networks:
          textEncoder: {config: text_encoder/config.json, weights: [v1-5-pruned-emaonly.safetensors]}
          unet: {config: unet/config.json, weights: [v1-5-pruned-emaonly.safetensors]}
          motion: {config: motion/config.json, weights: [mm_sd_v15_v2.ckpt], groupNorm: perFrame}
          vae: {config: vae/config.json, weights: [v1-5-pruned-emaonly.safetensors]}
          reward: {config: reward/config.json, textConfig: med_config.json, weights: [ImageReward.pt]}
        tokenizers: {text: tokenizer, reward: vocab.txt}
        scheduler: {beta_start: 0.00085, beta_end: 0.012, beta_schedule: linear, steps_offset: 1, clip_sample: false}
        defaults: {steps: 2, guidance: 7.5, candidates: 2, preset: code}
        presets: {code: {ni-vsds.stepSize: 1, ni-vsds.fraction: 0.6, noise.strength: 1.0}}
        files:
          v1-5-pruned-emaonly.safetensors: {repo: %2$s, holds: stable-diffusion}
          tokenizer/vocab.json: {repo: %2$s}
          tokenizer/merges.txt: {repo: %2$s}
          unet/config.json: {repo: %2$s}
          vae/config.json: {repo: %2$s}
          text_encoder/config.json: {repo: %2$s}
          motion/config.json: {repo: guoyww/animatediff, path: config.json}
          mm_sd_v15_v2.ckpt: {repo: guoyww/animatediff, holds: motion-v2}
          reward/config.json: {repo: THUDM/ImageReward, path: config.json}
          ImageReward.pt: {repo: THUDM/ImageReward, holds: image-reward}
          med_config.json: {repo: THUDM/ImageReward}
          vocab.txt: {repo: google-bert/bert-base-uncased}
        """.formatted(name, SD));
    return folder;
  }

  /** The reference case's, with a row for every token of the small vocabulary. */
  private static byte[] checkpoint() throws IOException {
    try (NDManager memory = NDManager.newBaseManager();
        WeightsFile file = WeightsFile.open(CASES.resolve("ldm-single-file/weights.safetensors"))) {
      Map<String, NDArray> all = new LinkedHashMap<>(StateDict.of(file).load(memory));
      all.put("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight",
          random(memory, TOKENS, 16));
      return bytes(all);
    }
  }

  private static byte[] motion() throws IOException {
    try (NDManager memory = NDManager.newBaseManager()) {
      Map<String, NDArray> all = new LinkedHashMap<>();
      for (int level = 0; level < 4; level++) {
        for (int layer = 0; layer < 3; layer++) {
          if (layer < 2) {
            module(all, "down_blocks.%d.motion_modules.%d".formatted(level, layer), CHANNELS.get(level), memory);
          }
          module(all, "up_blocks.%d.motion_modules.%d".formatted(level, layer), CHANNELS.get(3 - level), memory);
        }
      }
      module(all, "mid_block.motion_modules.0", CHANNELS.get(3), memory);
      return bytes(all);
    }
  }

  private static void module(Map<String, NDArray> all, String name, int width, NDManager memory) {
    String prefix = "module." + name + ".temporal_transformer.";
    linear(all, prefix + "norm", memory, width);
    linear(all, prefix + "proj_in", memory, width, width);
    linear(all, prefix + "proj_out", memory, width, width);
    String block = prefix + "transformer_blocks.0.";
    for (int i = 0; i < 2; i++) {
      String attention = block + "attention_blocks." + i + ".";
      linear(all, block + "norms." + i, memory, width);
      for (String matrix : List.of("to_q", "to_k", "to_v")) {
        all.put(attention + matrix + ".weight", random(memory, width, width));
      }
      linear(all, attention + "to_out.0", memory, width, width);
      all.put(attention + "pos_encoder.pe", random(memory, 1, 32, width));
    }
    linear(all, block + "ff_norm", memory, width);
    linear(all, block + "ff.net.0.proj", memory, 8L * width, width);
    linear(all, block + "ff.net.2", memory, width, 4L * width);
  }

  private static void linear(Map<String, NDArray> all, String name, NDManager memory, long... shape) {
    all.put(name + ".weight", random(memory, shape));
    all.put(name + ".bias", random(memory, shape[0]));
  }

  private static NDArray random(NDManager memory, long... shape) {
    return memory.randomNormal(0, 0.1f, new Shape(shape), DataType.FLOAT32);
  }

  private static byte[] bytes(Map<String, NDArray> tensors) throws IOException {
    Path file = Files.createTempFile("weights", ".safetensors");
    try {
      Safetensors.write(file, tensors, Map.of());
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  private static void reward(Map<String, byte[]> files) throws IOException {
    Path parent = Files.createTempDirectory("reward");
    try {
      Path reward = SmallPack.write(parent).resolve("reward");
      files.put("THUDM/ImageReward config.json", Files.readAllBytes(reward.resolve("config.json")));
      files.put("THUDM/ImageReward med_config.json", Files.readAllBytes(reward.resolve("med_config.json")));
      files.put("THUDM/ImageReward ImageReward.pt", Files.readAllBytes(reward.resolve("model.safetensors")));
      files.put("google-bert/bert-base-uncased vocab.txt", Files.readAllBytes(reward.resolve("vocab.txt")));
    } finally {
      try (var left = Files.walk(parent)) {
        left.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    }
  }
}
