// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.network.WeightsCheck;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Whether a pack is in order: files, checksums, the names and shapes of all weights, tokenizers and settings. No tensor
 * is read but for the checksums, and no device is needed.
 *
 * @param pack what to check
 * @param hub where files come from that are not there, for messages
 */
public record PackCheck(PackOutline pack, URI hub) {

  /**
   * Checks everything that there is to check.
   *
   * @param onStep is told what comes next
   * @return every fault, as a sentence that names the file; none if the pack is in order
   */
  public List<String> faults(Consumer<String> onStep) {
    List<String> faults = new ArrayList<>();
    for (PackFile file : pack.files().values()) {
      onStep.accept(file.path());
      faults.addAll(file(file));
    }
    for (Kind kind : Kind.values()) {
      if (pack.has(kind) && kind != Kind.MOTION && isHere(kind)) {
        onStep.accept("network " + kind.key());
        faults.addAll(attempted(() -> network(kind)));
      }
    }
    onStep.accept("settings");
    if (faults.isEmpty() && pack.has(Kind.UNET)) {
      faults.addAll(attempted(this::settings));
    }
    return faults;
  }

  private List<String> file(PackFile file) {
    Optional<String> problem = PackFiles.problem(file, file.location(pack.folder()), hub);
    String remedy = file.hub().isEmpty() ? "" : "; ./i4vgen models pull " + pack.name() + " fetches it";
    return problem.or(() -> PackFiles.damage(file, file.location(pack.folder()))).map(fault -> fault + remedy).stream()
        .toList();
  }

  /** Whether all files of a network are there. */
  private boolean isHere(Kind kind) {
    Stream<String> motion = kind == Kind.UNET && pack.has(Kind.MOTION) ? names(Kind.MOTION) : Stream.empty();
    return Stream.concat(names(kind), motion).allMatch(path -> pack.file(path).toFile().isFile());
  }

  private Stream<String> names(Kind kind) {
    NetworkFiles files = pack.network(kind);
    Stream<String> configs = Stream.of(files.config(), files.options().getOrDefault(NetworkFiles.TEXT_CONFIG, ""));
    return Stream.of(files.weights().stream(), files.loras().keySet().stream(),
        configs.filter(name -> !name.isEmpty())).flatMap(all -> all);
  }

  /** What can't even be opened is a fault like any other. */
  private static List<String> attempted(Supplier<List<String>> check) {
    try {
      return check.get();
    } catch (RuntimeException e) {
      return List.of(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private List<String> network(Kind kind) {
    NetworkSource source = new NetworkSource(pack);
    return source.named(kind, () -> {
      List<String> faults = new ArrayList<>();
      try (StateDict state = source.open(kind)) {
        faults.addAll(weights(source, kind, state));
        pack.network(kind).loras().keySet().forEach(path -> faults.addAll(attempted(() -> lora(path, kind, state))));
      }
      faults.addAll(attempted(() -> tokenizer(kind)));
      return faults;
    });
  }

  private List<String> weights(NetworkSource source, Kind kind, StateDict state) {
    return switch (kind) {
      case TEXT_ENCODER -> WeightsCheck.textEncoder(state, source.textEncoder(state));
      case UNET -> pack.isLavie() ? WeightsCheck.lavieUnet(state, source.lavieUnet(state))
          : WeightsCheck.unet(state, source.unet(state));
      case VAE -> WeightsCheck.vae(state, source.vae(state));
      case TINY_VAE -> WeightsCheck.tinyVae(state, source.tinyVae());
      case SPARSECTRL_RGB, SPARSECTRL_SCRIBBLE ->
          WeightsCheck.sparseControl(state, source.sparseControl(kind, state));
      case REWARD -> WeightsCheck.imageReward(state, source.reward());
      case MOTION -> throw new IllegalArgumentException("motion modules are a part of the UNet");
    };
  }

  private List<String> lora(String path, Kind kind, StateDict base) {
    Lora.Target target = kind.updatedAs().orElseThrow();
    try (Lora lora = Lora.open(pack.file(path))) {
      lora.requireUpdates(target);
      if (kind == Kind.TEXT_ENCODER) {
        return lora.faults(CheckpointNames.clipText(base), target);
      }
      return lora.faults(pack.isLavie() ? CheckpointNames.lavie(base) : CheckpointNames.unet(base), target);
    }
  }

  private List<String> tokenizer(Kind kind) {
    NetworkSource source = new NetworkSource(pack);
    if (kind == Kind.TEXT_ENCODER) {
      source.tokenizer().close();
    } else if (kind == Kind.REWARD) {
      source.rewardTokenizer().close();
    }
    return List.of();
  }

  /** Its scheduler, its defaults, its presets. */
  private List<String> settings() {
    new Packs(List.of(), hub).find(pack.folder().toString());
    return List.of();
  }
}
