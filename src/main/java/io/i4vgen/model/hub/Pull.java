// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import io.i4vgen.model.PackFile;
import io.i4vgen.model.PackFiles;
import io.i4vgen.model.PackOutline;
import io.i4vgen.model.Packs;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fetches the files of packs that are not there or damaged. A file that several packs list is fetched once. What is
 * there is compared with its checksum once, and again when it was touched or a check has found a fault.
 *
 * @param packs where packs are found
 * @param client where their files come from
 * @param patience how long one file is tried for
 * @param listener is told of everything
 */
public record Pull(Packs packs, HubClient client, Patience patience, PullListener listener) {

  /** A file to fetch, as its pack describes it, and where to note what is learnt of it. */
  private record Wanted(PackFile file, Ledger ledger) {}

  /**
   * Fetches what is missing, one file after the other. A run that ends early is gone on with by the next one.
   *
   * @param names the packs, by name or folder
   * @return how many files were fetched
   * @throws io.i4vgen.model.PackException if there is no such pack
   * @throws HubException if a file can't be had, or the disk has no room for all of them
   */
  public int run(List<String> names) {
    Map<Path, Wanted> missing = new LinkedHashMap<>();
    for (String name : names) {
      PackOutline pack = packs.outline(name);
      Stock.of(pack, client.base()).items().stream().filter(item -> !missing.containsKey(item.path()))
          .forEach(item -> add(pack, item, missing));
    }
    requireSpace(missing);
    missing.forEach((target, wanted) -> wanted.ledger().note(target,
        new Download(client, wanted.file(), target, patience, listener).run(wanted.ledger().guard(target))));
    return missing.size();
  }

  /** What is the pack's own was never fetched. */
  private void add(PackOutline pack, Stock.Item item, Map<Path, Wanted> missing) {
    if (item.file().hub().isPresent()) {
      Ledger ledger = Ledger.of(pack);
      if (item.isHere() && isRight(item, ledger)) {
        listener.present(item.path(), !item.isUnsure() || !item.file().sha256().isEmpty());
      } else {
        missing.put(item.path(), new Wanted(pack.files().get(item.file().path()), ledger));
      }
    } else if (!item.isHere()) {
      throw new HubException("pack '%s': %s is not as plugin.yaml says, and no repo is given to fetch it from"
          .formatted(pack.name(), item.path()));
    }
  }

  private boolean isRight(Stock.Item item, Ledger ledger) {
    String sha256 = item.file().sha256();
    if (sha256.isEmpty() || ledger.isCompared(item.path(), sha256)) {
      return true;
    }
    Ledger.Known known = Ledger.compared(item.path(), sha256); // its time from before it is read
    listener.comparing(item.path(), known.bytes());
    Optional<String> damage = PackFiles.damage(item.file(), item.path());
    damage.ifPresentOrElse(what -> listener.damaged(item.path(), what), () -> ledger.note(item.path(), known));
    return damage.isEmpty();
  }

  /** Asked before the first byte, as far as sizes are known. */
  private static void requireSpace(Map<Path, Wanted> missing) {
    Map<FileStore, Long> needed = new LinkedHashMap<>();
    missing.forEach((target, wanted) -> needed.merge(disk(existing(target)),
        Math.max(0, wanted.file().bytes() - partly(target)), Long::sum));
    needed.forEach((disk, bytes) -> {
      long free = HubException.unless(disk, disk::getUsableSpace);
      if (bytes > free) {
        throw new HubException("the files that are missing need %d more bytes, the disk %s has %d left".formatted(
            bytes, disk, free));
      }
    });
  }

  /** The nearest folder above {@code file} that is there: the one of the hub, once anything is. */
  private static Path existing(Path file) {
    Path folder = file.getParent();
    while (!Files.isDirectory(folder)) {
      folder = folder.getParent();
    }
    return folder;
  }

  private static long partly(Path target) {
    Path part = PartFile.path(target);
    return Files.exists(part) ? HubException.unless(part, () -> Files.size(part)) : 0;
  }

  private static FileStore disk(Path folder) {
    return HubException.unless(folder, () -> Files.getFileStore(folder));
  }
}
