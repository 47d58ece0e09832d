// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import io.i4vgen.model.PackFile;
import io.i4vgen.model.PackFiles;
import io.i4vgen.model.PackOutline;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What of a pack is there, as far as names and sizes say.
 *
 * @param pack what its {@code plugin.yaml} lists, with the sizes and checksums that the hub has said besides
 * @param items every file
 */
public record Stock(PackOutline pack, List<Item> items) {

  /**
   * A file of a pack.
   *
   * @param file what is expected
   * @param path where
   * @param problem that it is missing or has another size than the pack or the hub says; empty if it is there
   */
  public record Item(PackFile file, Path path, Optional<String> problem) {

    public boolean isHere() {
      return problem.isEmpty();
    }

    /** Whether nobody has said how long the file must be that is there, so that it may have been cut off. */
    public boolean isUnsure() {
      return isHere() && !file.hasSize();
    }
  }

  public Stock {
    items = List.copyOf(items);
  }

  /** @param hub where files come from that are not there */
  public static Stock of(PackOutline pack, URI hub) {
    PackOutline completed = Ledger.of(pack).completed(pack);
    return new Stock(completed, completed.files().values().stream().map(file -> {
      Path path = file.location(pack.folder());
      return new Item(file, path, PackFiles.problem(file, path, hub));
    }).toList());
  }

  /** The next pull compares the files that are named in {@code faults}, whatever has been compared before. */
  public void doubt(List<String> faults) {
    Ledger.of(pack).doubt(items.stream().filter(item -> item.file().hub().isPresent()).map(Item::path)
        .filter(path -> faults.stream().anyMatch(fault -> fault.contains(path.toString()))).toList());
  }

  /** The files that are there, or those that are not. */
  public List<Item> items(boolean here) {
    return items.stream().filter(item -> item.isHere() == here).toList();
  }
}
