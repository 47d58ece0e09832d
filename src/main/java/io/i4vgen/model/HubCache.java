// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A repository's folder in the cache of Hugging Face's own library, {@code models--OWNER--NAME}: what was fetched lies
 * in {@code snapshots/COMMIT}, and {@code refs/main} names the commit.
 */
final class HubCache {

  private static final String SNAPSHOTS = "snapshots";
  /** How much of a commit's name people read. */
  private static final int COMMIT = 8;

  private final Path folder;

  private HubCache(Path folder) {
    this.folder = folder;
  }

  /**
   * The snapshot of the main branch, or the folder itself if it is no such cache.
   *
   * @throws PackException naming the snapshots that there are, if that one is not there
   */
  static Path snapshot(Path folder) {
    boolean isCache = Files.isDirectory(folder.resolve(SNAPSHOTS))
        && !Files.exists(folder.resolve(PackReader.FILE)) && !Files.exists(folder.resolve(DiffusersFolder.FILE));
    return isCache ? new HubCache(folder).main() : folder;
  }

  /** What to call the model of a folder: a snapshot's has the name of a commit, which says nothing to people. */
  static String name(Path folder) {
    String own = folder.getFileName().toString();
    Path parent = folder.getParent();
    boolean isSnapshot = parent != null && parent.getParent() != null && parent.endsWith(SNAPSHOTS)
        && parent.getParent().getFileName() != null;
    return isSnapshot ? parent.getParent().getFileName().toString().replaceFirst("^models--", "") + "@"
        + own.substring(0, Math.min(COMMIT, own.length())) : own;
  }

  private Path main() {
    Path ref = folder.resolve("refs/main");
    String commit = Files.isRegularFile(ref) ? JsonFile.text(ref).strip() : "";
    List<Path> there = snapshots();
    return there.stream().filter(one -> one.getFileName().toString().equals(commit)).findFirst().orElseThrow(() ->
        new PackException("%s: is a cache of a repository, whose refs/main names %s: give a snapshot's folder; there %s"
            .formatted(folder, commit.isEmpty() ? "none" : commit + ", which is not there", there.isEmpty() ? "is none"
                : "is " + there.stream().map(Path::toString).collect(Collectors.joining(", ")))));
  }

  private List<Path> snapshots() {
    try (Stream<Path> entries = Files.list(folder.resolve(SNAPSHOTS))) {
      return entries.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new PackException(folder.resolve(SNAPSHOTS) + ": cannot be listed: " + e.getMessage(), e);
    }
  }
}
