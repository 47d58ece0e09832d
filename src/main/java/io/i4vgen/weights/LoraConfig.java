// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What peft notes about the updates of one network, since its factors do not tell how strong they are. diffusers puts
 * the notes into the metadata of the file, those of each network under its prefix; peft puts them into a file beside.
 *
 * @param alpha of all modules without one of their own
 * @param rankStabilized whether the updates are scaled by {@code alpha / sqrt(rank)} (Kalajdzievski 2023)
 * @param own alphas of modules by the end of their path; one that begins with {@code ^} is the whole path
 * @param dora whether there must be a magnitude with each
 */
record LoraConfig(double alpha, boolean rankStabilized, Map<String, Own> own, boolean dora) {

  /** The alpha of some modules; of those that fit one module, the first counts. */
  record Own(int order, double alpha) {}

  private static final String METADATA = "lora_adapter_metadata";
  private static final String PEFT_WEIGHTS = "adapter_model.";
  private static final String PEFT_CONFIG = "adapter_config.json";

  private static final int LONGEST_TEXT = 1 << 20;
  private static final int LONGEST_NAME = 256;

  /** What peft takes where nothing is said. */
  private static final double USUAL_ALPHA = 8;

  /** More than a name: such a key may match in ways that take for ever to find out. */
  private static final Pattern EXPRESSION = Pattern.compile(".+\\^.*|.*\\$.+|.*[*+?|(){}\\[\\]\\\\].*", Pattern.DOTALL);

  private static final ObjectMapper JSON = new JsonMapper();

  LoraConfig {
    own = Map.copyOf(own);
  }

  /**
   * The notes that belong to a file; nothing for a network that there are none of.
   *
   * @param metadata of the file
   * @throws BadWeights if they are not readable, or say that the file holds something else than LoRA
   */
  static Map<Lora.Target, LoraConfig> of(Path file, Map<String, String> metadata) {
    if (metadata.containsKey(METADATA)) {
      return read(file + ": " + METADATA, metadata.get(METADATA));
    }
    return beside(file).map(notes -> read(notes.toString(), text(notes))).orElse(Map.of());
  }

  /** The file of peft's notes, if there is one. */
  static Optional<Path> beside(Path file) {
    return Optional.of(file.resolveSibling(PEFT_CONFIG)).filter(notes ->
        Objects.toString(file.getFileName()).startsWith(PEFT_WEIGHTS) && Files.isRegularFile(notes));
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > LONGEST_TEXT) {
        throw new BadWeights("%s: has %d bytes, expected at most %d".formatted(file, Files.size(file), LONGEST_TEXT));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  private static Map<Lora.Target, LoraConfig> read(String place, String text) {
    if (text.length() > LONGEST_TEXT) {
      throw new BadWeights("%s: has %d letters, expected at most %d".formatted(place, text.length(), LONGEST_TEXT));
    }
    JsonNode root = json(place, text);
    Map<Lora.Target, LoraConfig> configs = new EnumMap<>(Lora.Target.class);
    boolean prefixed = root.properties().stream().anyMatch(entry -> entry.getKey().contains("."));
    for (Lora.Target target : Lora.Target.values()) {
      String prefix = prefixed ? target.prefix : "";
      if (root.properties().stream().anyMatch(entry -> entry.getKey().startsWith(prefix))) {
        configs.put(target, new Notes(place, root, prefix).config());
      }
    }
    return configs;
  }

  private static JsonNode json(String place, String text) {
    try {
      JsonNode root = JSON.readTree(text);
      if (!root.isObject()) {
        throw new BadWeights("%s: is JSON %s, expected an object".formatted(place, root.getNodeType()));
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new BadWeights("%s: is not readable JSON: %s".formatted(place, e.getOriginalMessage()), e);
    }
  }

  /** What a module's product of factors is multiplied by. */
  double strength(String path, long rank) {
    double own = fitting(path).map(this.own::get).filter(Objects::nonNull)
        .min(Comparator.comparingInt(Own::order)).map(Own::alpha).orElse(alpha);
    return own / (rankStabilized ? Math.sqrt(rank) : rank);
  }

  /** All that a key may be to mean this module. */
  private static Stream<String> fitting(String path) {
    int shortest = Math.max(0, path.length() - LONGEST_NAME);
    Stream<String> ends = IntStream.range(shortest, path.length()).filter(i -> i == 0 || path.charAt(i - 1) == '.')
        .mapToObj(path::substring);
    List<String> whole = List.of("^" + path, "^" + CheckpointNames.withoutPrefix(path, LoraNames.TEXT_MODEL));
    return Stream.concat(whole.stream(), ends);
  }

  /** The notes on one network. */
  private record Notes(String place, JsonNode root, String prefix) {

    LoraConfig config() {
      JsonNode type = value("peft_type");
      if (type.isTextual() && !type.textValue().equals("LORA")) {
        throw bad("peft_type", type, "LORA, the only one whose notes are read");
      }
      JsonNode alpha = value("lora_alpha");
      double number = alpha.isMissingNode() ? USUAL_ALPHA : number("lora_alpha", alpha);
      return new LoraConfig(number, flag("use_rslora"), own(), flag("use_dora"));
    }

    private Map<String, Own> own() {
      JsonNode patterns = value("alpha_pattern");
      Map<String, Own> own = new HashMap<>();
      if (!patterns.isMissingNode() && !patterns.isObject()) {
        throw bad("alpha_pattern", patterns, "an object of names and numbers");
      }
      patterns.properties().forEach(entry -> own.putIfAbsent(end(entry.getKey()),
          new Own(own.size(), number("alpha_pattern of " + Quoted.of(entry.getKey()), entry.getValue()))));
      return own;
    }

    /** The keys are regular expressions; those that are names, or ends of names, are read. */
    private String end(String key) {
      String plain = key.replace("\\.", ".");
      String name = plain.endsWith("$") ? plain.substring(0, plain.length() - 1) : plain;
      if (name.isEmpty() || name.length() > LONGEST_NAME || EXPRESSION.matcher(name).matches()) {
        throw new BadWeights("%s: %salpha_pattern has the key %s, expected the name of a module or its end, %d letters"
            .formatted(place, prefix, Quoted.of(key), LONGEST_NAME) + " at most");
      }
      return name;
    }

    private boolean flag(String name) {
      JsonNode value = value(name);
      if (!value.isMissingNode() && !value.isBoolean()) {
        throw bad(name, value, "true or false");
      }
      return value.booleanValue();
    }

    private double number(String name, JsonNode value) {
      if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
        throw bad(name, value, "a number");
      }
      return value.doubleValue();
    }

    private JsonNode value(String name) {
      JsonNode value = root.path(prefix + name);
      return value.isNull() ? MissingNode.getInstance() : value;
    }

    private BadWeights bad(String name, JsonNode value, String expected) {
      return new BadWeights("%s: %s%s is %s, expected %s".formatted(place, prefix, name, Quoted.of(value), expected));
    }
  }
}
