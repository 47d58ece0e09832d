// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.diffusion.SchedulerConfig;
import io.i4vgen.network.Statistics;
import java.net.URI;
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
  /** What a part of a model does without. */
  private static final List<String> MODEL_KEYS = List.of("video", "precision", "scheduler", "defaults", "presets");
  private static final Set<String> SHARED_OPTIONS = Set.of("steps", "guidance", "candidates", "sampler", "preset",
      NEGATIVE);

  /** Options of every stage that samples. */
  private static final List<String> SAMPLING = List.of("steps", "guidance", "sampler");

  private final Path folder;
  private final Section root;
  private final Map<String, PackFile> files;

  private PackReader(Path folder) {
    this.folder = folder;
    this.root = Section.read(folder.resolve(FILE));
    this.files = PackFileReader.read(root.section("files"));
  }

  /**
   * Reads the pack of a folder, all of whose files must be there.
   *
   * @param hub where files come from that are not, for messages
   */
  static PackDescription read(Path folder, URI hub) {
    PackReader reader = new PackReader(folder);
    PackOutline outline = reader.outline();
    reader.requireWhole(outline);
    PackFiles.requireComplete(outline, hub);
    return reader.description(outline);
  }

  /** Reads the pack of a folder, whose files need not be there. */
  static PackOutline outline(Path folder) {
    return new PackReader(folder).outline();
  }

  private PackOutline outline() {
    Map<Kind, NetworkFiles> networks = networks(root.section("networks"));
    String text = "";
    String reward = "";
    if (root.has("tokenizers") || networks.containsKey(Kind.TEXT_ENCODER) || networks.containsKey(Kind.REWARD)) {
      Section tokenizers = root.section("tokenizers");
      text = tokenizer(tokenizers, networks);
      reward = rewardVocabulary(tokenizers, networks);
      tokenizers.done();
    }
    PackOutline outline = new PackOutline(name(), folder, about(), networks, text, reward, files);
    MODEL_KEYS.forEach(root::has);
    root.done();
    return outline;
  }

  private PackDescription description(PackOutline outline) {
    Map<String, Map<String, String>> presets = presets();
    Map<String, String> defaults = defaults(PackDescription.known(presets).keySet());
    return new PackDescription(outline.name(), folder, outline.about(), frame(outline), outline.networks(),
        outline.tokenizer(), outline.rewardVocabulary(), precision(), scheduler(outline), defaults,
        defaults.getOrDefault(NEGATIVE, ""), presets, files);
  }

  /** A part alone makes no videos. */
  private void requireWhole(PackOutline outline) {
    List<String> missing = Stream.of(Kind.values()).filter(kind -> kind.required() && !outline.has(kind))
        .map(Kind::key).toList();
    if (!missing.isEmpty()) {
      throw root.problem("networks", "has no " + String.join(" and no ", missing) + ": pack '" + outline.name()
          + "' is a part for other packs and makes no videos by itself");
    }
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

  private Vocabulary vocabulary() {
    if (!root.has("vocabulary")) {
      return Vocabulary.ANY;
    }
    Section section = root.section("vocabulary");
    Map<String, List<String>> words = new LinkedHashMap<>();
    section.keys().forEach(topic -> words.put(topic, List.copyOf(section.texts(topic))));
    return new Vocabulary(words);
  }

  /** The latent's shape is the VAE's, so that it need not be said twice. */
  private Frame frame(PackOutline outline) {
    Section video = root.section("video");
    String vae = outline.network(Kind.VAE).config();
    LatentShape latent = vae.isEmpty() ? LatentShape.STABLE_DIFFUSION : LatentShape.read(outline.file(vae));
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
    boolean part = Stream.of(Kind.values()).noneMatch(kind -> kind.required() && section.has(kind.key()));
    for (Kind kind : Kind.values()) {
      if (section.has(kind.key()) || kind.required() && !part) {
        networks.put(kind, network(kind, section.section(kind.key())));
      }
    }
    section.done();
    if (networks.containsKey(Kind.MOTION) && networks.get(Kind.UNET).isLavie()) {
      throw section.problem(Kind.MOTION.key(), "is for a UNet of Stable Diffusion, but networks.unet.kind is "
          + NetworkFiles.LAVIE + ", which has temporal attention of its own");
    }
    return networks;
  }

  private NetworkFiles network(Kind kind, Section section) {
    String config = section.has("config") ? listed(section, "config", section.text("config")) : "";
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
      case MOTION -> Map.of(NetworkFiles.GROUP_NORM, section.word(NetworkFiles.GROUP_NORM, Statistics.words()));
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
        NetworkFiles.GROUP_NORM, Statistics.words()).forEach((key, words) -> {
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

  private String tokenizer(Section section, Map<Kind, NetworkFiles> networks) {
    if (!networks.containsKey(Kind.TEXT_ENCODER)) {
      return "";
    }
    String path = section.text("text");
    List<PackFile> inside = files.values().stream().filter(file -> file.path().startsWith(path + "/")).toList();
    if (inside.isEmpty()) {
      throw section.problem("text", "names the folder " + path + ", of which no file is under files");
    }
    List<Path> places = inside.stream().map(file -> file.location(folder).getParent()).distinct().toList();
    if (places.size() > 1) {
      throw section.problem("text", "names the folder " + path + ", whose files lie in different ones: " + places);
    }
    return path;
  }

  private String rewardVocabulary(Section section, Map<Kind, NetworkFiles> networks) {
    return networks.containsKey(Kind.REWARD) ? listed(section, "reward", section.text("reward")) : "";
  }

  private Precision precision() {
    if (!root.has("precision")) {
      return Precision.FP32;
    }
    return Precision.of(root.word("precision", Precision.words())).orElseThrow();
  }

  private SchedulerConfig scheduler(PackOutline outline) {
    if (!root.isSection("scheduler")) {
      return Schedulers.read(outline.file(listed(root, "scheduler", root.text("scheduler"))));
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
      if (!key.matches(OPTION) && !SAMPLING.contains(key)) {
        throw section.problem(key, "must be an option of a stage, such as ni-vsds.stepSize, or of all: "
            + String.join(", ", SAMPLING));
      }
    }
    return options;
  }
}
