// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Low-rank updates of a network's weights (Hu et al. 2021): {@code W + scale * alpha / rank * up @ down}. Every module
 * of a file may have a rank and an alpha of its own; one without alpha has that of {@link LoraConfig}, and without it
 * {@code alpha = rank}. The forms that are read are listed at {@link LoraNames}.
 */
public final class Lora implements AutoCloseable {

  /** Whose weights are updated: a file may hold updates of both. */
  public enum Target {
    UNET("UNet", "unet."), TEXT_ENCODER("text encoder", "text_encoder.");

    /** What diffusers puts before its names. */
    final String prefix;

    private final String title;

    Target(String title, String prefix) {
      this.title = title;
      this.prefix = prefix;
    }
  }

  /**
   * An update and its strength.
   *
   * @param scale 1 as it was trained, 0 without effect; may be negative
   */
  public record Scaled(Lora lora, double scale) {

    public Scaled {
      Objects.requireNonNull(lora, "lora");
      if (!Double.isFinite(scale)) {
        throw new IllegalArgumentException("the scale of a LoRA is %s, expected a number".formatted(scale));
      }
    }
  }

  private final StateDict state;
  private final Map<LoraNames.Module, Map<LoraNames.Role, String>> modules;
  private final Map<Target, LoraConfig> configs;
  private final boolean withAlpha;

  private Lora(StateDict state, Map<LoraNames.Module, Map<LoraNames.Role, String>> modules,
      Map<Target, LoraConfig> configs, boolean withAlpha) {
    this.state = state;
    this.modules = modules;
    this.configs = configs;
    this.withAlpha = withAlpha;
  }

  /**
   * Opens a file of any form, and what peft writes beside its {@code adapter_model}; close it when it is merged.
   *
   * @throws BadWeights if it is damaged, or no LoRA
   */
  public static Lora open(Path file) {
    StateDict state = StateDict.open(file);
    try {
      return of(state, LoraConfig.of(file, state.metadata()));
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /** Whether all tensors are parts of LoRAs, as their names tell. */
  public static boolean isLora(StateDict state) {
    return !state.names().isEmpty() && state.names().stream().allMatch(name -> LoraNames.part(name).isPresent());
  }

  /** The files that are read for a LoRA: its own, and peft's notes beside it if there are any. */
  public static List<Path> files(Path file) {
    return Stream.concat(Stream.of(file), LoraConfig.beside(file).stream()).toList();
  }

  /** @throws BadWeights if a tensor is no part of a LoRA, or a factor lacks the other one */
  static Lora of(StateDict state, Map<Target, LoraConfig> configs) {
    Map<LoraNames.Module, Map<LoraNames.Role, String>> modules = new LinkedHashMap<>();
    Set<String> adapters = new TreeSet<>();
    for (String name : state.names()) {
      LoraNames.Part part = part(state, name);
      adapters.add(part.adapter());
      modules.computeIfAbsent(part.module(), m -> new EnumMap<>(LoraNames.Role.class)).put(part.role(), name);
    }
    if (adapters.size() > 1) {
      throw new BadWeights("%s: holds several adapters, %s, expected one".formatted(
          state.files(), Quoted.all(adapters)));
    }
    modules.forEach((module, parts) -> {
      if (!parts.containsKey(LoraNames.Role.DOWN) || !parts.containsKey(LoraNames.Role.UP)) {
        throw new BadWeights("%s: module %s has only %s, expected both factors".formatted(
            state.files(), Quoted.of(module.path()), Quoted.all(parts.values())));
      }
    });
    return new Lora(state, modules, configs, true);
  }

  private static LoraNames.Part part(StateDict state, String name) {
    LoraNames.unread(name).ifPresent(form -> {
      throw new BadWeights("%s: %s is of %s, which is not read; expected a LoRA".formatted(
          state.origin(name), Quoted.of(name), form));
    });
    return LoraNames.part(name).orElseThrow(() -> new BadWeights(("%s: %s is no part of a LoRA that is read: expected"
        + " lora_down and lora_up, lora_A and lora_B, or alpha").formatted(state.origin(name), Quoted.of(name))));
  }

  /** The same updates as if every alpha were the rank: so AnimateDiff's own code reads kohya's files. */
  public Lora ignoringAlpha() {
    return new Lora(state, modules, configs, false);
  }

  /** Whether there are updates for it. */
  public boolean updates(Target target) {
    return modules.keySet().stream().anyMatch(module -> module.target() == target);
  }

  /** @throws BadWeights if there are none for it */
  public void requireUpdates(Target target) {
    if (!updates(target)) {
      throw new BadWeights("%s: has no updates of the %s".formatted(state.files(), target.title));
    }
  }

  /**
   * The weights that updates change, as they are with all of them; the base is not touched. Computed in 32 bit floats.
   *
   * @param base a network's weights by name
   * @param manager owner of the new tensors
   * @return only what changes, in the base's types
   * @throws BadWeights if an update's module is not among the weights, or its shape does not fit
   */
  public static Map<String, NDArray> merged(Map<String, ? extends NDArray> base, Target target, List<Scaled> updates,
      NDManager manager) {
    return merged(base.keySet(), base::get, target, updates, manager);
  }

  /**
   * As above, of weights that are not arrays yet.
   *
   * @param names of all weights of the network
   * @param base makes one of them an array; asked once for each that changes
   */
  public static Map<String, NDArray> merged(Set<String> names, Function<String, ? extends NDArray> base, Target target,
      List<Scaled> updates, NDManager manager) {
    Map<String, NDArray> changed = new LinkedHashMap<>();
    Map<String, DataType> types = new HashMap<>();
    LoraNames.Targets targets = new LoraNames.Targets(names);
    try (Scope scope = new Scope()) {
      for (Scaled update : updates) {
        update.lora().modules.forEach((module, parts) -> {
          if (module.target() == target) {
            String name = update.lora().weight(module, targets);
            NDArray before = changed.containsKey(name) ? changed.get(name) : base.apply(name);
            types.putIfAbsent(name, before.getDataType());
            NDArray delta = update.lora().delta(module, parts, before, manager);
            changed.put(name, before.toType(DataType.FLOAT32, false).add(delta.mul(update.scale())));
          }
        });
      }
      changed.replaceAll((name, sum) -> scope.keep(sum.toType(types.get(name), false)));
    }
    return changed;
  }

  /**
   * Every update that does not fit, as names and shapes tell.
   *
   * @param base a network's weights, by its own names
   */
  public List<String> faults(StateDict base, Target target) {
    LoraNames.Targets targets = new LoraNames.Targets(base.names());
    List<String> faults = new ArrayList<>();
    modules.forEach((module, parts) -> {
      try {
        if (module.target() == target) {
          requireFit(module, parts, base.shape(weight(module, targets)));
        }
      } catch (BadWeights e) {
        faults.add(e.getMessage());
      }
    });
    return faults;
  }

  private String weight(LoraNames.Module module, LoraNames.Targets targets) {
    return targets.weight(module).orElseThrow(() -> new BadWeights(
        "%s: module %s is not in the network".formatted(state.files(), Quoted.of(module.path()))));
  }

  /** A convolution's factors are multiplied as matrices {@code [out, rank] @ [rank, in * height * width]}. */
  private NDArray delta(LoraNames.Module module, Map<LoraNames.Role, String> parts, NDArray base, NDManager manager) {
    requireFit(module, parts, base.getShape());
    NDArray down = load(parts, LoraNames.Role.DOWN, manager);
    NDArray up = load(parts, LoraNames.Role.UP, manager);
    long rank = down.getShape().get(0);
    NDArray rows = up.reshape(base.getShape().get(0), rank);
    NDArray product = parts.containsKey(LoraNames.Role.MIDDLE)
        ? product(rows, load(parts, LoraNames.Role.MIDDLE, manager), down.reshape(rank, -1))
        : rows.matMul(down.reshape(rank, -1));
    return product.reshape(base.getShape()).mul(strength(module, parts, rank, manager));
  }

  private NDArray load(Map<LoraNames.Role, String> parts, LoraNames.Role role, NDManager manager) {
    return state.load(parts.get(role), manager, DataType.FLOAT32);
  }

  /** Three convolutions one after the other, of which only the one in the middle, LoCon's, looks at neighbours. */
  private static NDArray product(NDArray up, NDArray middle, NDArray down) {
    Shape kernel = middle.getShape();
    long out = up.getShape().get(0);
    NDArray left = up.matMul(middle.reshape(kernel.get(0), -1))
        .reshape(out, kernel.get(1), kernel.get(2), kernel.get(3)).transpose(0, 2, 3, 1);
    return left.reshape(-1, kernel.get(1)).matMul(down)
        .reshape(out, kernel.get(2), kernel.get(3), down.getShape().get(1)).transpose(0, 3, 1, 2);
  }

  private void requireFit(LoraNames.Module module, Map<LoraNames.Role, String> parts, Shape base) {
    Shape down = state.shape(parts.get(LoraNames.Role.DOWN));
    Shape up = state.shape(parts.get(LoraNames.Role.UP));
    String middle = parts.get(LoraNames.Role.MIDDLE);
    long rank = down.dimension() == 0 ? 0 : down.get(0);
    long rows = base.get(0);
    boolean joined = middle == null || base.dimension() == 4
        && state.shape(middle).equals(new Shape(rank, rank).addAll(base.slice(2)));
    long columns = middle == null ? base.size() : rows * base.get(1);
    if (rank == 0 || !joined || up.size() != rows * rank || down.size() * rows != columns * rank) {
      throw new BadWeights("%s: module %s has factors of shapes %s%s and %s, expected a product of shape %s".formatted(
          state.files(), Quoted.of(module.path()), Quoted.of(up),
          middle == null ? "" : ", " + Quoted.of(state.shape(middle)), Quoted.of(down), base));
    }
  }

  private double strength(LoraNames.Module module, Map<LoraNames.Role, String> parts, long rank, NDManager manager) {
    if (!withAlpha) {
      return 1;
    } else if (parts.containsKey(LoraNames.Role.ALPHA)) {
      return alpha(parts.get(LoraNames.Role.ALPHA), manager) / rank;
    }
    LoraConfig config = configs.get(module.target());
    return config == null ? 1 : config.strength(module.path(), rank);
  }

  private double alpha(String name, NDManager manager) {
    NDArray alpha = state.load(name, manager, DataType.FLOAT32);
    if (alpha.size() != 1) {
      throw new BadWeights("%s: %s has shape %s, expected one number".formatted(
          state.origin(name), Quoted.of(name), Quoted.of(alpha.getShape())));
    }
    return alpha.toType(DataType.FLOAT64, false).toDoubleArray()[0];
  }

  @Override
  public void close() {
    state.close();
  }
}
