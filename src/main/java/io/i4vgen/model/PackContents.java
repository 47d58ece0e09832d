// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.nio.file.Path;
import java.util.Map;

/** What a pack is made of: its networks and their files. */
public sealed interface PackContents permits PackDescription, PackOutline {

  /** As jobs call it. */
  String name();

  /** The pack's own folder. */
  Path folder();

  /** What each network is loaded from. */
  Map<Kind, NetworkFiles> networks();

  /** The folder of the text encoder's tokenizer, as the files' paths have it; empty if there is none. */
  String tokenizer();

  /** The reward network's {@code vocab.txt}; empty if there is none. */
  String rewardVocabulary();

  /** Every file, by its path. */
  Map<String, PackFile> files();

  default boolean has(Kind kind) {
    return networks().containsKey(kind);
  }

  /** Whether its UNet is LaVie's. */
  default boolean isLavie() {
    return network(Kind.UNET).isLavie();
  }

  /** @throws PackException if the pack has no such network */
  default NetworkFiles network(Kind kind) {
    NetworkFiles found = networks().get(kind);
    if (found == null) {
      throw new PackException("pack '" + name() + "' (" + folder() + ") has no network '" + kind.key() + "'");
    }
    return found;
  }

  /** Where a file of the pack is, or a folder all of whose files lie together. */
  default Path file(String path) {
    PackFile file = files().get(path);
    if (file != null) {
      return file.location(folder());
    }
    return files().values().stream().filter(inside -> inside.path().startsWith(path + "/")).findFirst()
        .map(inside -> inside.location(folder()).getParent()).orElseGet(() -> folder().resolve(path));
  }

  /** The size of a file, or of a folder's files together. */
  default long bytes(String path) {
    return files().values().stream().filter(file -> file.path().equals(path) || file.path().startsWith(path + "/"))
        .mapToLong(file -> Math.max(0, file.bytes())).sum();
  }
}
