// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder as diffusers' {@code save_pretrained} writes it, without a {@code plugin.yaml}: described from its layout.
 * What the layout does not say is as in AnimateDiff: 16 frames (or as many as there are positions for), 8 a second,
 * statistics per frame.
 */
final class DiffusersFolder {

  static final String FILE = "model_index.json";

  private static final int FRAMES = 16;
  private static final int FPS = 8;
  /** Of a latent's side: Stable Diffusion 1.5's, and as many as a plugin.yaml may ask for. */
  private static final int CELLS = 64;
  private static final int MOST_CELLS = 1024;

  /** A key of motion modules' configurations, and of the UNet's if they are in it. */
  private static final String POSITIONS = "motion_max_seq_length";

  private final Path folder;
  private final JsonNode index;
  private final Map<String, PackFile> files = new LinkedHashMap<>();

  private DiffusersFolder(Path folder) {
    this.folder = folder;
    this.index = JsonFile.read(folder.resolve(FILE)).root();
  }

  static PackDescription read(Path folder) {
    return new DiffusersFolder(folder).description();
  }

  private PackDescription description() {
    Map<Kind, NetworkFiles> networks = new EnumMap<>(Kind.class);
    network("text_encoder", true).ifPresent(found -> networks.put(Kind.TEXT_ENCODER, found));
    network("unet", true).ifPresent(found -> networks.put(Kind.UNET, found));
    network("vae", true).ifPresent(found -> networks.put(Kind.VAE, found));
    network("motion_adapter", false).ifPresent(found -> networks.put(Kind.MOTION, found));
    network("controlnet", false).ifPresent(found -> sparseControl(found).ifPresent(kind -> networks.put(kind, found)));
    network("reward", false).ifPresent(found -> networks.put(Kind.REWARD,
        with(found, NetworkFiles.TEXT_CONFIG, add("reward/med_config.json"))));
    String vocabulary = networks.containsKey(Kind.REWARD) ? add("reward/vocab.txt") : "";
    tokenizer();
    PackDescription.About about = new PackDescription.About("a diffusers folder", "see the folder", "", List.of(),
        Vocabulary.ANY);
    return new PackDescription(HubCache.name(folder.toAbsolutePath().normalize()), folder, about, frame(),
        networks, "tokenizer", vocabulary, Precision.FP32,
        Schedulers.readPublished(folder.resolve(add("scheduler/scheduler_config.json"))),
        Map.of(), "", Map.of(), files);
  }

  private Optional<NetworkFiles> network(String component, boolean required) {
    if (!required && !index.path(component).path(0).isTextual() && !Files.isDirectory(folder.resolve(component))) {
      return Optional.empty();
    }
    String config = add(component + "/config.json");
    List<String> weights = FolderWeights.find(folder.resolve(component)).stream()
        .map(name -> add(component + "/" + name)).toList();
    return Optional.of(new NetworkFiles(config, weights));
  }

  /** Diffusers' pipeline has one of the two, and calls it a ControlNet, as it does with others that are none. */
  private Optional<Kind> sparseControl(NetworkFiles network) {
    JsonNode config = JsonFile.read(folder.resolve(network.config())).root();
    if (!config.path("_class_name").asText().equals("SparseControlNetModel")) {
      return Optional.empty();
    }
    return Optional.of(config.path("use_simplified_condition_embedding").asBoolean(true) ? Kind.SPARSECTRL_RGB
        : Kind.SPARSECTRL_SCRIBBLE);
  }

  private static NetworkFiles with(NetworkFiles network, String option, String value) {
    return new NetworkFiles(network.config(), network.weights(), Map.of(), Map.of(option, value));
  }

  private void tokenizer() {
    try (Stream<Path> entries = Files.list(folder.resolve("tokenizer"))) {
      entries.filter(Files::isRegularFile).sorted().forEach(file -> add("tokenizer/" + file.getFileName()));
    } catch (IOException e) {
      throw new PackException(folder.resolve("tokenizer") + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private String add(String path) {
    try {
      files.put(path, new PackFile(path, Files.size(folder.resolve(path)), ""));
      return path;
    } catch (IOException e) {
      throw new PackException(folder.resolve(path) + ": no such file", e);
    }
  }

  private Frame frame() {
    LatentShape latent = LatentShape.read(folder.resolve("vae/config.json"));
    JsonNode size = unet().path("sample_size");
    JsonNode motion = unet().has(POSITIONS) ? unet() : motionAdapter();
    int frames = Math.min(FRAMES, motion.path(POSITIONS).asInt(FRAMES));
    return new Frame(cells(size, size.path(1)) * latent.factor(), cells(size, size.path(0)) * latent.factor(), frames,
        FPS, latent.channels(), latent.factor());
  }

  /**
   * Diffusers writes one number for a square, or height and width.
   *
   * @param side the one of the two that is asked for
   */
  private int cells(JsonNode size, JsonNode side) {
    boolean unsaid = size.isMissingNode() || size.isNull();
    JsonNode number = size.isArray() && size.size() == 2 ? side : size;
    int cells = unsaid ? CELLS : number.isInt() ? number.asInt() : 0;
    if (cells < 1 || cells > MOST_CELLS) {
      throw new PackException("%s: sample_size must be a number from 1 to %d, or two of them, height and width; is %s"
          .formatted(folder.resolve("unet/config.json"), MOST_CELLS, size));
    }
    return cells;
  }

  private JsonNode unet() {
    return JsonFile.read(folder.resolve("unet/config.json")).root();
  }

  private JsonNode motionAdapter() {
    Path config = folder.resolve("motion_adapter/config.json");
    return Files.isRegularFile(config) ? JsonFile.read(config).root() : JsonFile.NONE;
  }
}
