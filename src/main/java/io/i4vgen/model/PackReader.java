// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.diffusion.SchedulerConfig;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads a {@code plugin.yaml}. Every error is a {@link PackException} that starts with file and line. */
final class PackReader {

  static final String FILE = "plugin.yaml";

  private static final String OPTION = "[a-z0-9]+(-[a-z0-9]+)*\\.[a-zA-Z0-9]+";
  private static final String NEGATIVE = "negativePrompt";
  private static final Set<String> SHARED_OPTIONS = Set.of("steps", "guidance", "candidates", "preset", NEGATIVE);

  private final Path folder;
  private final Section root;
  private final Map<String, PackFile> files;

  private PackReader(Path folder) {
    this.folder = folder;
    this.root = Section.read(folder.resolve(FILE));
    this.files = files(root.section("files"));
    PackFiles.requireComplete(name(), folder, files.values());
  }

  static PackDescription read(Path folder) {
    return new PackReader(folder).description();
  }

  private PackDescription description() {
    Map<Kind, NetworkFiles> networks = networks(root.section("networks"));
    Section tokenizers = root.section("tokenizers");
    Map<String, Map<String, String>> presets = presets();
    Map<String, String> defaults = defaults(presets.keySet());
    PackDescription pack = new PackDescription(name(), folder, about(), frame(networks), networks,
        tokenizer(tokenizers), rewardVocabulary(tokenizers, networks), scheduler(), defaults,
        defaults.getOrDefault(NEGATIVE, ""), presets, files);
    tokenizers.done();
    root.done();
    return pack;
  }

  private String name() {
    String name = root.text("name");
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw root.problem("name", "must be 1 to 64 letters, digits, '.', '_' or '-', is \"" + name + "\"");
    }
    return name;
  }

  private PackDescription.About about() {
    return new PackDescription.About(root.text("description"), root.text("license"), root.text("limits", ""),
        root.has("examples") ? List.copyOf(root.texts("examples")) : List.of(), vocabulary());
  }

  private Map<String, List<String>> vocabulary() {
    if (!root.has("vocabulary")) {
      return Map.of();
    }
    Section section = root.section("vocabulary");
    Map<String, List<String>> words = new LinkedHashMap<>();
    section.keys().forEach(topic -> words.put(topic, List.copyOf(section.texts(topic))));
    return words;
  }

  /** The latent's shape is the VAE's, so that it need not be said twice. */
  private Frame frame(Map<Kind, NetworkFiles> networks) {
    Section video = root.section("video");
    String vae = networks.get(Kind.VAE).config();
    LatentShape latent = vae.isEmpty() ? LatentShape.STABLE_DIFFUSION : LatentShape.read(folder.resolve(vae));
    int width = video.whole("width", 8, 8192);
    int height = video.whole("height", 8, 8192);
    int frames = video.whole("frames", 1, 4096);
    int fps = video.whole("fps", 1, 240);
    video.done();
    try {
      return new Frame(width, height, frames, fps, latent.channels(), latent.factor());
    } catch (IllegalArgumentException e) {
      throw root.problem("video", e.getMessage());
    }
  }

  private Map<Kind, NetworkFiles> networks(Section section) {
    Map<Kind, NetworkFiles> networks = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      if (kind.required() || section.has(kind.key())) {
        networks.put(kind, network(kind, section.section(kind.key())));
      }
    }
    section.done();
    if (networks.containsKey(Kind.MOTION) && isLavie(networks.get(Kind.UNET))) {
      throw section.problem(Kind.MOTION.key(), "is for a UNet of Stable Diffusion, but networks.unet.kind is "
          + NetworkFiles.LAVIE + ", which has temporal attention of its own");
    }
    return networks;
  }

  private static boolean isLavie(NetworkFiles unet) {
    return NetworkFiles.LAVIE.equals(unet.options().get(NetworkFiles.KIND));
  }

  private NetworkFiles network(Kind kind, Section section) {
    boolean shapesSayEnough = kind != Kind.REWARD;
    String config = shapesSayEnough && !section.has("config") ? "" : listed(section, "config", section.text("config"));
    List<String> weights = section.texts("weights");
    weights.forEach(path -> listed(section, "weights", path));
    Map<String, Double> loras = kind == Kind.TEXT_ENCODER || kind == Kind.UNET ? loras(section) : Map.of();
    Map<String, String> options = options(kind, section);
    section.done();
    try {
      return new NetworkFiles(config, weights, loras, options);
    } catch (IllegalArgumentException e) {
      throw section.problem("weights", e.getMessage());
    }
  }

  private Map<String, Double> loras(Section section) {
    Map<String, Double> loras = new LinkedHashMap<>();
    if (section.has("loras")) {
      Section scales = section.section("loras");
      scales.typedValues().forEach((path, scale) -> {
        listed(scales, path, path);
        if (!(scale instanceof Double)) {
          throw scales.problem(path, "must be the scale of this LoRA, a number, is " + scale);
        }
        loras.put(path, (Double) scale);
      });
    }
    return loras;
  }

  private Map<String, String> options(Kind kind, Section section) {
    return switch (kind) {
      case MOTION -> Map.of(NetworkFiles.GROUP_NORM,
          section.word(NetworkFiles.GROUP_NORM, List.of(NetworkFiles.PER_FRAME, NetworkFiles.SHARED)));
      case UNET -> unetOptions(section);
      case REWARD -> Map.of(NetworkFiles.TEXT_CONFIG,
          listed(section, NetworkFiles.TEXT_CONFIG, section.text(NetworkFiles.TEXT_CONFIG)));
      default -> Map.of();
    };
  }

  private static Map<String, String> unetOptions(Section section) {
    Map<String, String> options = new LinkedHashMap<>();
    if (section.has(NetworkFiles.GROUP_NORM) && NetworkFiles.LAVIE.equals(section.text(NetworkFiles.KIND, ""))) {
      throw section.problem(NetworkFiles.GROUP_NORM, "is of motion modules, which LaVie's UNet has not");
    }
    Map.of(NetworkFiles.KIND, List.of(NetworkFiles.STABLE_DIFFUSION, NetworkFiles.LAVIE),
        NetworkFiles.GROUP_NORM, List.of(NetworkFiles.PER_FRAME, NetworkFiles.SHARED)).forEach((key, words) -> {
          if (section.has(key)) {
            options.put(key, section.word(key, words));
          }
        });
    return options;
  }

  private String listed(Section section, String key, String path) {
    if (!files.containsKey(path)) {
      throw section.problem(key, "names " + path + ", which is not under files");
    }
    return path;
  }

  private String tokenizer(Section section) {
    String path = section.text("text");
    if (files.keySet().stream().noneMatch(file -> file.startsWith(path + "/"))) {
      throw section.problem("text", "names the folder " + path + ", of which no file is under files");
    }
    return path;
  }

  private String rewardVocabulary(Section section, Map<Kind, NetworkFiles> networks) {
    return networks.containsKey(Kind.REWARD) ? listed(section, "reward", section.text("reward")) : "";
  }

  private SchedulerConfig scheduler() {
    if (!root.isSection("scheduler")) {
      return Schedulers.read(folder.resolve(listed(root, "scheduler", root.text("scheduler"))));
    }
    try {
      return SchedulerConfig.of(root.section("scheduler").typedValues());
    } catch (IllegalArgumentException e) {
      throw root.problem("scheduler", "is refused: " + e.getMessage());
    }
  }

  private Map<String, String> defaults(Set<String> presets) {
    if (!root.has("defaults")) {
      return Map.of();
    }
    Section section = root.section("defaults");
    Map<String, String> defaults = section.values();
    for (String key : defaults.keySet()) {
      if (!key.matches(OPTION) && !SHARED_OPTIONS.contains(key)) {
        throw section.problem(key, "is not a key here; the keys are " + SHARED_OPTIONS.stream().sorted()
            .collect(Collectors.joining(", ")) + " and options of stages such as ni-vsds.stepSize");
      }
    }
    if (defaults.containsKey("preset") && !presets.contains(defaults.get("preset"))) {
      throw section.problem("preset", "must be one of " + presets + ", is " + defaults.get("preset"));
    }
    return defaults;
  }

  private Map<String, Map<String, String>> presets() {
    if (!root.has("presets")) {
      return Map.of();
    }
    Section section = root.section("presets");
    Map<String, Map<String, String>> presets = new LinkedHashMap<>();
    section.keys().forEach(preset -> presets.put(preset, preset(section.section(preset))));
    return presets;
  }

  private static Map<String, String> preset(Section section) {
    Map<String, String> options = section.values();
    for (String key : options.keySet()) {
      if (!key.matches(OPTION)) {
        throw section.problem(key, "must be an option of a stage, such as ni-vsds.stepSize");
      }
    }
    return options;
  }

  private static Map<String, PackFile> files(Section section) {
    Map<String, PackFile> files = new LinkedHashMap<>();
    for (String path : section.keys()) {
      Section file = section.section(path);
      long bytes = file.whole("bytes", 0L, Long.MAX_VALUE / 10);
      String sha256 = file.text("sha256", "");
      file.done();
      try {
        files.put(path, new PackFile(path, bytes, sha256));
      } catch (IllegalArgumentException e) {
        throw section.problem(path, e.getMessage());
      }
    }
    return files;
  }
}
