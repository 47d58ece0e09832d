// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The names that LoRA files give to their factors, taken apart: kohya's ({@code lora_unet_..._to_q.lora_down.weight}),
 * those of diffusers and peft ({@code unet....to_q.lora_A.weight}, {@code ....to_q.lora.down.weight}), and those of
 * attention processors ({@code ....processor.to_q_lora.down.weight}), which AnimateDiff's motion LoRAs and domain
 * adapter have, too; and LyCORIS's other forms ({@code lora_unet_..._to_q.hada_w1_a}).
 */
final class LoraNames {

  /** What a tensor is to the weights that it is for. */
  enum Role {
    DOWN, MIDDLE, UP, WHOLE,
    LOHA_1A("hada_w1_a"), LOHA_1B("hada_w1_b"), LOHA_1T("hada_t1"),
    LOHA_2A("hada_w2_a"), LOHA_2B("hada_w2_b"), LOHA_2T("hada_t2"),
    LOKR_1("lokr_w1"), LOKR_1A("lokr_w1_a"), LOKR_1B("lokr_w1_b"),
    LOKR_2("lokr_w2"), LOKR_2A("lokr_w2_a"), LOKR_2B("lokr_w2_b"), LOKR_2T("lokr_t2"),
    ALPHA, MAGNITUDE, LYCORIS_MAGNITUDE("dora_scale");

    private final Optional<String> lycoris;

    Role() {
      this.lycoris = Optional.empty();
    }

    /** @param lycoris what LyCORIS calls it */
    Role(String lycoris) {
      this.lycoris = Optional.of(lycoris);
    }

    /** Whether it is a part of the change itself: those are listed first. */
    boolean isFactor() {
      return compareTo(ALPHA) < 0;
    }
  }

  /**
   * A module of a network, by its path there.
   *
   * @param target whose weights the module's are
   * @param flat whether the path has {@code _} for every {@code .}, as kohya writes it
   * @param bias whether its bias is meant, and not its weights
   */
  record Module(Lora.Target target, String path, boolean flat, boolean bias) {

    private Module ofBias() {
      return new Module(target, path, flat, true);
    }
  }

  /**
   * One tensor of a file.
   *
   * @param adapter what peft calls the update, of which a model may have several at once; empty for the usual one
   */
  record Part(Module module, Role role, String adapter) {}

  /** Where the text encoder's modules are. */
  static final String TEXT_MODEL = "text_model.";

  private static final Pattern PROCESSOR =
      Pattern.compile("\\.processor\\.(to_q|to_k|to_v|to_out)_lora\\.(down|up)\\.");

  private static final Pattern FACTOR = Pattern.compile("(.+)\\.(?:lora_(down|mid|up|A|B)(?:\\.([^.]+))?"
      + "|lora(?:_linear_layer)?\\.(down|up))\\.weight");

  private static final String USUAL_ADAPTER = "default";

  private static final Pattern ALPHA = Pattern.compile("(.+?)(?:\\.lora)?\\.alpha");

  private static final Map<String, Role> ROLES =
      Map.of("down", Role.DOWN, "A", Role.DOWN, "mid", Role.MIDDLE, "up", Role.UP, "B", Role.UP);

  /** Of normalisations, LyCORIS has whole differences only, which it calls otherwise. */
  private static final Set<String> WEIGHTS = Set.of("diff", "w_norm");
  private static final Set<String> BIASES = Set.of("diff_b", "b_norm");

  private static final Pattern MAGNITUDE =
      Pattern.compile("(.+)\\.lora_magnitude_vector(?:\\.(?!weight$)([^.]+))?(?:\\.weight)?");

  /** Updates that are not read, which their names give away. */
  private enum Unread {
    OFT("an OFT (LyCORIS)", ".*\\.oft_(blocks|diag|r)\\b.*"),
    GLORA("a GLoRA (LyCORIS)", ".*\\.[ab][12]\\.weight"),
    IA3("an (IA)3 (LyCORIS)", ".*\\.on_input"),
    BIASES("a LoRA with biases", ".*\\.lora_(B|up)(\\.[^.]+)?\\.bias"),
    WORDS("a LoRA with words of its own, whose embeddings it brings along", "bundle_emb\\..*");

    private final String title;
    private final Pattern names;

    Unread(String title, String names) {
      this.title = title;
      this.names = Pattern.compile(names);
    }
  }

  /** What says whose a module is; without any, it is the UNet's. */
  private enum Prefix {
    KOHYA_UNET("lora_unet_", Lora.Target.UNET),
    LYCORIS_UNET("lycoris_", Lora.Target.UNET),
    KOHYA_TEXT_ENCODER("lora_te_", Lora.Target.TEXT_ENCODER),
    KOHYA_FIRST_TEXT_ENCODER("lora_te1_", Lora.Target.TEXT_ENCODER),
    UNET("unet.", Lora.Target.UNET),
    TEXT_ENCODER("text_encoder.", Lora.Target.TEXT_ENCODER);

    private final String text;
    private final Lora.Target target;

    Prefix(String text, Lora.Target target) {
      this.text = text;
      this.target = target;
    }

    /** Whether underscores stand between the parts of a path behind it. */
    private boolean isFlat() {
      return text.endsWith("_");
    }
  }

  private LoraNames() {}

  /** What the name of a tensor says; nothing if it is of none of these forms. */
  static Optional<Part> part(String name) {
    String plain = PROCESSOR.matcher(name).replaceAll(found -> ".%s.lora.%s.".formatted(
        found.group(1).replace("to_out", "to_out.0"), found.group(2)));
    Matcher factor = FACTOR.matcher(plain);
    if (factor.matches()) {
      String role = factor.group(2) == null ? factor.group(4) : factor.group(2);
      String adapter = Objects.requireNonNullElse(factor.group(3), USUAL_ADAPTER);
      return Optional.of(new Part(module(factor.group(1)), ROLES.get(role), adapter));
    }
    Matcher magnitude = MAGNITUDE.matcher(plain);
    if (magnitude.matches()) {
      return Optional.of(new Part(module(magnitude.group(1)), Role.MAGNITUDE,
          Objects.requireNonNullElse(magnitude.group(2), USUAL_ADAPTER)));
    }
    Matcher alpha = ALPHA.matcher(plain);
    return alpha.matches() ? Optional.of(new Part(module(alpha.group(1)), Role.ALPHA, USUAL_ADAPTER))
        : lycoris(plain);
  }

  private static Optional<Part> lycoris(String name) {
    int end = name.lastIndexOf('.');
    if (end < 1) {
      return Optional.empty();
    }
    String last = name.substring(end + 1);
    boolean bias = BIASES.contains(last);
    Optional<Role> role = bias || WEIGHTS.contains(last) ? Optional.of(Role.WHOLE)
        : Stream.of(Role.values()).filter(one -> one.lycoris.filter(last::equals).isPresent()).findFirst();
    Module module = module(name.substring(0, end));
    return role.map(one -> new Part(bias ? module.ofBias() : module, one, USUAL_ADAPTER));
  }

  /** What an update is called that is no LoRA, as the name of a tensor of it tells. */
  static Optional<String> unread(String name) {
    return Stream.of(Unread.values()).filter(form -> form.names.matcher(name).matches()).findFirst()
        .map(form -> form.title);
  }

  private static Module module(String path) {
    String bare = CheckpointNames.withoutPrefix(path, "base_model.model.");
    for (Prefix prefix : Prefix.values()) {
      if (bare.startsWith(prefix.text)) {
        return module(prefix.target, bare.substring(prefix.text.length()), prefix.isFlat());
      }
    }
    boolean text = bare.startsWith(TEXT_MODEL) || bare.startsWith("encoder.layers.");
    return module(text ? Lora.Target.TEXT_ENCODER : Lora.Target.UNET, bare, false);
  }

  /** The transformers library has left out {@code text_model.} since version 5. */
  private static Module module(Lora.Target target, String path, boolean flat) {
    if (target == Lora.Target.UNET) {
      return new Module(target, flat ? path : motion(path), flat, false);
    }
    String prefix = flat ? TEXT_MODEL.replace('.', '_') : TEXT_MODEL;
    return new Module(target, prefix + CheckpointNames.withoutPrefix(path, prefix), flat, false);
  }

  private static String motion(String path) {
    String named = CheckpointNames.motionName(path + ".");
    return named.substring(0, named.length() - 1);
  }

  /** Finds modules among the names of a network's weights. */
  static final class Targets {

    private final Map<String, String> weights = new HashMap<>();
    private final Set<String> names;

    Targets(Set<String> names) {
      this.names = names;
      names.stream().filter(name -> name.endsWith(".weight")).forEach(name -> {
        String path = name.substring(0, name.length() - ".weight".length());
        weights.put(path, name);
        weights.put(path.replace('.', '_'), name);
      });
    }

    /** The name of a module's weights, or of its bias. */
    Optional<String> weight(Module module) {
      Optional<String> weight = Optional.ofNullable(weights.get(module.path()));
      return module.bias() ? weight.map(name -> name.replaceFirst("weight$", "bias")).filter(names::contains) : weight;
    }
  }
}
