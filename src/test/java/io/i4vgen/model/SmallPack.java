// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A whole model pack put together from the reference cases: random weights, a few hundred kilobytes. */
public final class SmallPack {

  private static final Path CASES = Path.of("src/test/resources/reference");
  private static final ObjectMapper JSON = new ObjectMapper();

  static final String HEAD = """
      name: small
      description: random weights
      license: Apache-2.0
      video: {width: 32, height: 64, frames: 4, fps: 8}
      networks:
        textEncoder: {config: text/config.json, weights: [text/model.safetensors]}
        unet: {config: unet/config.json, weights: [unet/model.safetensors]}
        motion: {config: motion/config.json, weights: [motion/model.safetensors], groupNorm: shared}
        vae: {config: vae/config.json, weights: [vae/model.safetensors]}
        reward: {config: reward/config.json, weights: [reward/model.safetensors], textConfig: reward/med_config.json}
      tokenizers:
        text: tokenizer
        reward: reward/vocab.txt
      scheduler: {num_train_timesteps: 1000, beta_schedule: linear, clip_sample: false}
      defaults: {steps: 4, guidance: 5.5, negativePrompt: blurred, preset: short}
      presets:
        short: {ni-vsds.stepSize: [10, 1], ni-vsds.fraction: 0.5}
        long: {ni-vsds.stepSize: 1}
      """;

  private SmallPack() {}

  /** Makes the pack {@code small} in a new folder below {@code parent}, and returns that folder. */
  public static Path write(Path parent) throws IOException {
    Path folder = parent.resolve("small");
    text(folder);
    network(folder, "vae", "vae-2level", JSON.createObjectNode());
    unet(folder);
    reward(folder);
    Files.createDirectories(folder.resolve("tokenizer"));
    for (String name : List.of("vocab.json", "merges.txt")) {
      Files.copy(CASES.resolve("clip-tokenizer").resolve(name), folder.resolve("tokenizer").resolve(name));
    }
    describe(folder, HEAD);
    return folder;
  }

  /** Copies a pack's folder, and returns the new one. */
  public static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path one : all.toList()) {
        Files.copy(one, to.resolve(from.relativize(one).toString()));
      }
    }
    return to;
  }

  /** Makes the pack {@code small-lavie}, with a UNet of LaVie's and its noise schedule. */
  public static Path writeLavie(Path parent) throws IOException {
    Path folder = parent.resolve("small-lavie");
    network(folder, "text", "clip-text-gelu", JSON.createObjectNode());
    network(folder, "vae", "vae-2level", JSON.createObjectNode());
    network(folder, "unet", "lavie-unet", JSON.createObjectNode());
    Files.createDirectories(folder.resolve("tokenizer"));
    for (String name : List.of("vocab.json", "merges.txt")) {
      Files.copy(CASES.resolve("clip-tokenizer").resolve(name), folder.resolve("tokenizer").resolve(name));
    }
    describe(folder, """
        name: small-lavie
        description: random weights
        license: Apache-2.0
        video: {width: 16, height: 16, frames: 4, fps: 8}
        networks:
          textEncoder: {config: text/config.json, weights: [text/model.safetensors]}
          unet: {kind: lavie, config: unet/config.json, weights: [unet/model.safetensors]}
          vae: {config: vae/config.json, weights: [vae/model.safetensors]}
        tokenizers: {text: tokenizer}
        scheduler: {_class_name: DDPMScheduler, beta_start: 0.0001, beta_end: 0.02, clip_sample: false}
        defaults: {steps: 3, guidance: 7.0, candidates: 2}
        """);
    return folder;
  }

  static void network(Path folder, String name, String origin, ObjectNode more) throws IOException {
    Files.createDirectories(folder.resolve(name));
    ObjectNode config = config(origin).deepCopy();
    JSON.writeValue(folder.resolve(name).resolve("config.json").toFile(), config.setAll(more));
    Files.copy(CASES.resolve(origin).resolve("weights.safetensors"), folder.resolve(name).resolve("model.safetensors"));
  }

  /** The one of the diffusers folder, as wide as the UNet takes it, with a row for each token. */
  private static void text(Path folder) throws IOException {
    Path origin = Path.of("src/test/resources/diffusers/animatediff/text_encoder");
    Files.createDirectories(folder.resolve("text"));
    Files.copy(origin.resolve("config.json"), folder.resolve("text/config.json"));
    try (NDManager manager = NDManager.newBaseManager();
        StateDict state = StateDict.open(origin.resolve("pytorch_model.bin"))) {
      Map<String, NDArray> all = new TreeMap<>();
      state.load(manager, DataType.FLOAT32).forEach((name, tensor) -> all.put("text_model." + name, tensor));
      Safetensors.write(folder.resolve("text/model.safetensors"), all, Map.of());
    }
  }

  /** Its motion modules go to a file of their own, as AnimateDiff publishes them. */
  private static void unet(Path folder) throws IOException {
    network(folder, "unet", "unet-motion-diffusers", JSON.createObjectNode());
    Path weights = folder.resolve("unet/model.safetensors");
    Files.createDirectories(folder.resolve("motion"));
    JSON.writeValue(folder.resolve("motion/config.json").toFile(), JSON.createObjectNode()
        .put("motion_num_attention_heads", 4).put("motion_norm_num_groups", 4).put("motion_max_seq_length", 32));
    try (NDManager manager = NDManager.newBaseManager(); StateDict state = StateDict.open(weights)) {
      Map<String, NDArray> all = state.load(manager, DataType.FLOAT32);
      Safetensors.write(folder.resolve("motion/model.safetensors"), part(all, true), Map.of());
      Safetensors.write(folder.resolve("unet/images.safetensors"), part(all, false), Map.of());
    }
    Files.delete(weights);
    Files.move(folder.resolve("unet/images.safetensors"), weights);
  }

  private static Map<String, NDArray> part(Map<String, NDArray> all, boolean motion) {
    return all.entrySet().stream().filter(entry -> entry.getKey().contains("motion_modules") == motion)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static void reward(Path folder) throws IOException {
    JsonNode vision = config("imagereward").get("vision");
    ObjectNode more = JSON.createObjectNode().put("image_size", vision.get("img_size").asInt())
        .put("patch_size", vision.get("patch_size").asInt()).put("vision_width", vision.get("embed_dim").asInt())
        .put("vision_layers", vision.get("depth").asInt()).put("vision_heads", vision.get("num_heads").asInt())
        .put("vision_mlp", 160).put("mean", 0.1).put("std", 1.1).put("max_length", 35);
    List.of(32, 1024, 128, 64, 16, 1).forEach(more.putArray("mlp")::add);
    network(folder, "reward", "imagereward", more);
    JSON.writeValue(folder.resolve("reward/med_config.json").toFile(), config("imagereward").get("text"));
    Files.copy(CASES.resolve("imagereward-tokenizer/vocab.txt"), folder.resolve("reward/vocab.txt"));
  }

  private static JsonNode config(String origin) throws IOException {
    return JSON.readTree(CASES.resolve(origin).resolve("case.json").toFile()).get("config");
  }

  /** Makes the pack {@code single}, three of whose networks lie in one Stable Diffusion checkpoint. */
  static Path writeSingleFile(Path parent) throws IOException {
    Path folder = parent.resolve("single");
    Files.createDirectories(folder.resolve("configs"));
    Files.createDirectories(folder.resolve("tokenizer"));
    config("ldm-single-file").properties().forEach(entry -> {
      try {
        JSON.writeValue(folder.resolve("configs/" + entry.getKey() + ".json").toFile(), entry.getValue());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
    Files.copy(CASES.resolve("ldm-single-file/weights.safetensors"), folder.resolve("configs/all.safetensors"));
    for (String name : List.of("vocab.json", "merges.txt")) {
      Files.copy(CASES.resolve("clip-tokenizer").resolve(name), folder.resolve("tokenizer").resolve(name));
    }
    describe(folder, """
        name: single
        description: random weights
        license: Apache-2.0
        video: {width: 32, height: 32, frames: 1, fps: 8}
        networks:
          textEncoder: {config: configs/text_encoder.json, weights: [configs/all.safetensors]}
          unet: {config: configs/unet.json, weights: [configs/all.safetensors]}
          vae: {config: configs/vae.json, weights: [configs/all.safetensors]}
        tokenizers: {text: tokenizer}
        scheduler: {num_train_timesteps: 1000, beta_schedule: linear, clip_sample: false}
        """);
    return folder;
  }

  /** Writes {@code plugin.yaml}: {@code head} and a list of the files that are there. */
  static void describe(Path folder, String head) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder, 2)) {
      List<Path> inside = files.filter(f -> Files.isRegularFile(f) && !f.getParent().equals(folder)).sorted().toList();
      for (Path file : inside) {
        String path = folder.relativize(file).toString().replace('\\', '/');
        lines.add("  %s: {bytes: %d, sha256: %s}%n".formatted(path, Files.size(file), PackFiles.sha256(file)));
      }
    }
    Files.writeString(folder.resolve("plugin.yaml"), head + "files:\n" + String.join("", lines));
  }
}
