// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Low-rank updates of a network's weights (Hu et al. 2021): {@code W + scale * alpha / rank * up @ down}. Every module
 * of a file may have a rank and an alpha of its own; one without alpha has that of {@link LoraConfig}, and without it
 * {@code alpha = rank}. The names that are read are listed at {@link LoraNames}, the forms at {@link LoraChange}; a
 * DoRA ({@link LoraMagnitude}) at a scale between 0 and 1 lies between the weights and those that it was trained to.
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

  /**
   * How one tensor of weights changes.
   *
   * @param alpha the name of its own; {@code null} if it has none
   * @param magnitude {@code null} if it is no DoRA
   */
  private record Update(LoraChange change, String alpha, LoraMagnitude magnitude) {

    static Update of(LoraNames.Module module, LoraParts parts) {
      return new Update(parts.change(module.path()), parts.names().get(LoraNames.Role.ALPHA),
          parts.magnitude(module.path()).orElse(null));
    }
  }

  private final StateDict state;
  private final Map<LoraNames.Module, Update> modules;
  private final Map<Target, LoraConfig> configs;
  private final boolean withAlpha;

  private Lora(StateDict state, Map<LoraNames.Module, Update> modules, Map<Target, LoraConfig> configs,
      boolean withAlpha) {
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

  /** @throws BadWeights if a tensor is no part of a LoRA, or a part lacks others */
  static Lora of(StateDict state, Map<Target, LoraConfig> configs) {
    Map<LoraNames.Module, LoraParts> parts = new LinkedHashMap<>();
    Set<String> adapters = new TreeSet<>();
    for (String name : state.names()) {
      LoraNames.Part part = part(state, name);
      adapters.add(part.adapter());
      String other = parts.computeIfAbsent(part.module(), module -> new LoraParts(state)).names()
          .put(part.role(), name);
      if (other != null) {
        throw new BadWeights("%s: %s is for the same as %s, expected one of them".formatted(
            state.files(), Quoted.of(name), Quoted.of(other)));
      }
    }
    if (adapters.size() > 1) {
      throw new BadWeights("%s: holds several adapters, %s, expected one".formatted(
          state.files(), Quoted.all(adapters)));
    }
    Map<LoraNames.Module, Update> modules = new LinkedHashMap<>();
    parts.forEach((module, those) -> {
      Update update = Update.of(module, those);
      if (configs.containsKey(module.target()) && configs.get(module.target()).dora() && update.magnitude() == null) {
        throw new BadWeights("%s: module %s has no lora_magnitude_vector, expected one, since the notes say use_dora"
            .formatted(state.files(), Quoted.of(module.path())));
      }
      modules.put(module, update);
    });
    return new Lora(state, modules, configs, true);
  }

  private static LoraNames.Part part(StateDict state, String name) {
    LoraNames.unread(name).ifPresent(form -> {
      throw new BadWeights("%s: %s is of %s, which is not read; expected a LoRA".formatted(
          state.origin(name), Quoted.of(name), form));
    });
    return LoraNames.part(name).orElseThrow(() -> new BadWeights(("%s: %s is no part of a LoRA that is read: expected"
        + " lora_down and lora_up, lora_A and lora_B, a form of LyCORIS, or alpha").formatted(
        state.origin(name), Quoted.of(name))));
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
    LoraNames.Targets targets = new LoraNames.Targets(names);
    Map<String, List<Merge>> merges = new LinkedHashMap<>();
    updates.forEach(update -> update.lora().modules.keySet().stream().filter(module -> module.target() == target)
        .forEach(module -> merges.computeIfAbsent(update.lora().weight(module, targets), name -> new ArrayList<>())
            .add(new Merge(update, module))));
    Map<String, NDArray> changed = new LinkedHashMap<>();
    merges.forEach((name, those) -> {
      try (Scope scope = new Scope()) {
        NDArray before = base.apply(name);
        NDArray weights = before.toType(DataType.FLOAT32, false);
        NDArray sum = weights;
        for (Merge merge : those) {
          sum = sum.add(merge.update().lora().change(merge.module(), weights, manager).mul(merge.update().scale()));
        }
        changed.put(name, scope.keep(sum.toType(before.getDataType(), false)));
      }
    });
    return changed;
  }

  /** One of the updates of a tensor. */
  private record Merge(Scaled update, LoraNames.Module module) {}

  /**
   * Every update that does not fit, as names and shapes tell.
   *
   * @param base a network's weights, by its own names
   */
  public List<String> faults(StateDict base, Target target) {
    LoraNames.Targets targets = new LoraNames.Targets(base.names());
    List<String> faults = new ArrayList<>();
    modules.forEach((module, update) -> {
      try {
        if (module.target() == target) {
          requireFit(module, update, base.shape(weight(module, targets)));
        }
      } catch (BadWeights e) {
        faults.add(e.getMessage());
      }
    });
    return faults;
  }

  private String weight(LoraNames.Module module, LoraNames.Targets targets) {
    return targets.weight(module).orElseThrow(() -> new BadWeights(
        "%s: module %s %s the network".formatted(state.files(), Quoted.of(module.path()),
            module.bias() ? "has no bias in" : "is not in")));
  }

  /** What is added to weights, by an update alone, at a scale of 1. */
  private NDArray change(LoraNames.Module module, NDArray weights, NDManager manager) {
    Update update = modules.get(module);
    requireFit(module, update, weights.getShape());
    NDArray change = update.change().of(weights.getShape(), manager).mul(strength(module, update, manager));
    return update.magnitude() == null ? change
        : update.magnitude().applied(weights.add(change), manager).sub(weights);
  }

  private void requireFit(LoraNames.Module module, Update update, Shape weights) {
    if (!update.change().fits(weights)) {
      throw new BadWeights("%s: module %s has factors of shapes %s, expected a product of shape %s".formatted(
          state.files(), Quoted.of(module.path()), update.change().shapes().stream().map(Quoted::of)
              .collect(Collectors.joining(", ")).replaceFirst(", (\\([^(]+\\))$", " and $1"), weights));
    }
    if (update.magnitude() != null && !update.magnitude().fits(weights)) {
      throw new BadWeights("%s: module %s has a magnitude of shape %s, expected one for each row of %s".formatted(
          state.files(), Quoted.of(module.path()), Quoted.of(update.magnitude().shape()), weights));
    }
  }

  private double strength(LoraNames.Module module, Update update, NDManager manager) {
    long rank = update.change().rank();
    if (!withAlpha || rank == 0) {
      return 1;
    } else if (update.alpha() != null) {
      return alpha(update.alpha(), manager) / rank;
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
