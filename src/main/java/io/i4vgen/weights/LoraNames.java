// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that LoRA files give to their factors, taken apart: kohya's ({@code lora_unet_..._to_q.lora_down.weight}),
 * those of diffusers and peft ({@code unet....to_q.lora_A.weight}, {@code ....to_q.lora.down.weight}), and those of
 * attention processors ({@code ....processor.to_q_lora.down.weight}), which AnimateDiff's motion LoRAs and domain
 * adapter have, too.
 */
final class LoraNames {

  /** What a tensor is to its module. */
  enum Role { DOWN, UP, ALPHA }

  /**
   * A module of a network, by its path there.
   *
   * @param target whose weights the module's are
   * @param flat whether the path has {@code _} for every {@code .}, as kohya writes it
   */
  record Module(Lora.Target target, String path, boolean flat) {}

  /** One tensor of a file. */
  record Part(Module module, Role role) {}

  private static final Pattern PROCESSOR =
      Pattern.compile("\\.processor\\.(to_q|to_k|to_v|to_out)_lora\\.(down|up)\\.");

  private static final Pattern FACTOR = Pattern.compile("(.+)\\.(?:lora_(down|up|A|B)(?:\\.default)?"
      + "|lora(?:_linear_layer)?\\.(down|up))\\.weight");

  private static final Pattern ALPHA = Pattern.compile("(.+?)(?:\\.lora)?\\.alpha");

  private static final Map<String, Role> ROLES =
      Map.of("down", Role.DOWN, "A", Role.DOWN, "up", Role.UP, "B", Role.UP);

  /** Prefixes that say whose a module is; without any, it is the UNet's. */
  private static final Map<String, Lora.Target> PREFIXES = new LinkedHashMap<>();

  static {
    PREFIXES.put("lora_unet_", Lora.Target.UNET);
    PREFIXES.put("lora_te_", Lora.Target.TEXT_ENCODER);
    PREFIXES.put("lora_te1_", Lora.Target.TEXT_ENCODER);
    PREFIXES.put("unet.", Lora.Target.UNET);
    PREFIXES.put("text_encoder.", Lora.Target.TEXT_ENCODER);
  }

  private LoraNames() {}

  /** What the name of a tensor says; nothing if it is of none of these forms. */
  static Optional<Part> part(String name) {
    String plain = PROCESSOR.matcher(name).replaceAll(found -> ".%s.lora.%s.".formatted(
        found.group(1).replace("to_out", "to_out.0"), found.group(2)));
    Matcher factor = FACTOR.matcher(plain);
    if (factor.matches()) {
      String role = factor.group(2) == null ? factor.group(3) : factor.group(2);
      return Optional.of(new Part(module(factor.group(1)), ROLES.get(role)));
    }
    Matcher alpha = ALPHA.matcher(plain);
    return alpha.matches() ? Optional.of(new Part(module(alpha.group(1)), Role.ALPHA)) : Optional.empty();
  }

  private static Module module(String path) {
    String bare = CheckpointNames.withoutPrefix(path, "base_model.model.");
    for (Map.Entry<String, Lora.Target> prefix : PREFIXES.entrySet()) {
      if (bare.startsWith(prefix.getKey())) {
        boolean flat = prefix.getKey().endsWith("_");
        String rest = bare.substring(prefix.getKey().length());
        return new Module(prefix.getValue(), flat ? rest : motion(rest), flat);
      }
    }
    boolean text = bare.startsWith("text_model.");
    return new Module(text ? Lora.Target.TEXT_ENCODER : Lora.Target.UNET, motion(bare), false);
  }

  private static String motion(String path) {
    String named = CheckpointNames.motionName(path + ".");
    return named.substring(0, named.length() - 1);
  }

  /** Finds modules among the names of a network's weights. */
  static final class Targets {

    private final Map<String, String> weights = new HashMap<>();

    Targets(Collection<String> names) {
      names.stream().filter(name -> name.endsWith(".weight")).forEach(name -> {
        String path = name.substring(0, name.length() - ".weight".length());
        weights.put(path, name);
        weights.put(path.replace('.', '_'), name);
      });
    }

    /** The name of a module's weights. */
    Optional<String> weight(Module module) {
      return Optional.ofNullable(weights.get(module.path()));
    }
  }
}
