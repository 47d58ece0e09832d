// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Whether a pack is in order: files, checksums, the names and shapes of all weights, whether its networks fit each
 * other, tokenizers and settings. No tensor is read but for the checksums, and no device is needed.
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
    NetworkCheck networks = new NetworkCheck(pack);
    for (Kind kind : Kind.values()) {
      if (pack.has(kind) && kind != Kind.MOTION && isHere(kind)) {
        onStep.accept("network " + kind.key());
        faults.addAll(networks.faults(kind));
      }
    }
    faults.addAll(networks.misfits());
    onStep.accept("settings");
    if (faults.isEmpty() && pack.has(Kind.UNET)) {
      faults.addAll(NetworkCheck.attempted(this::settings));
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

  /** Its scheduler, its defaults, its presets; and whether the UNet was trained for such a scheduler. */
  private List<String> settings() {
    return new NetworkCheck(new Packs(List.of(), hub).find(pack.folder().toString())).faults(Kind.UNET);
  }
}
