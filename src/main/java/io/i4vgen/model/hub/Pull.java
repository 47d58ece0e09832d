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
import java.util.concurrent.Callable;

/**
 * Fetches the files of packs that are not there. A file that several packs list is fetched once.
 *
 * @param packs where packs are found
 * @param client where their files come from
 * @param patience how long one file is tried for
 * @param listener is told of everything
 */
public record Pull(Packs packs, HubClient client, Patience patience, PullListener listener) {

  /**
   * Fetches what is missing, one file after the other. A run that ends early is gone on with by the next one.
   *
   * @param names the packs, by name or folder
   * @return how many files were fetched
   * @throws io.i4vgen.model.PackException if there is no such pack
   * @throws HubException if a file can't be had, or the disk has no room for all of them
   */
  public int run(List<String> names) {
    Map<Path, PackFile> missing = new LinkedHashMap<>();
    for (String name : names) {
      PackOutline pack = packs.outline(name);
      pack.files().values().forEach(file -> add(pack, file, missing));
    }
    requireSpace(missing);
    missing.forEach((target, file) -> new Download(client, file, target, patience, listener).run());
    return missing.size();
  }

  /** What is the pack's own was never fetched. */
  private void add(PackOutline pack, PackFile file, Map<Path, PackFile> missing) {
    Path target = file.location(pack.folder());
    boolean here = PackFiles.problem(file, target, client.base()).isEmpty();
    if (here && file.hub().isPresent()) {
      listener.present(target);
    } else if (!here && file.hub().isPresent()) {
      missing.put(target, file);
    } else if (!here) {
      throw new HubException("pack '%s': %s is not as plugin.yaml says, and no repo is given to fetch it from"
          .formatted(pack.name(), target));
    }
  }

  /** Asked before the first byte, as far as sizes are known. */
  private static void requireSpace(Map<Path, PackFile> missing) {
    Map<FileStore, Long> needed = new LinkedHashMap<>();
    missing.forEach((target, file) -> needed.merge(disk(existing(target)), Math.max(0, file.bytes() - partly(target)),
        Long::sum));
    needed.forEach((disk, bytes) -> {
      long free = read(disk::getUsableSpace, disk);
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
    Path part = target.resolveSibling(target.getFileName() + ".part");
    return Files.exists(part) ? read(() -> Files.size(part), part) : 0;
  }

  private static FileStore disk(Path folder) {
    return read(() -> Files.getFileStore(folder), folder);
  }

  private static <T> T read(Callable<T> question, Object of) {
    try {
      return question.call();
    } catch (Exception e) {
      throw new HubException(of + ": " + e.getMessage(), e);
    }
  }
}
