// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.tensor.Nearest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds packs.
 *
 * @param folders each holds packs, one folder a pack, called like the pack
 * @param hub where files come from that are not there
 */
public record Packs(List<Path> folders, URI hub) {

  public Packs {
    folders = List.copyOf(folders);
  }

  /** With the public hub. */
  Packs(List<Path> folders) {
    this(folders, HubFile.PUBLIC);
  }

  /** A pack all of whose files are there. */
  PackDescription find(String nameOrDirectory) {
    return place(nameOrDirectory).map(this::read).orElseThrow(() -> unknown(nameOrDirectory));
  }

  /**
   * Whether there are all these packs, or folders.
   *
   * @throws PackException naming one that is none, and the name that may have been meant
   */
  public void require(List<String> namesOrDirectories) {
    for (String name : namesOrDirectories) {
      if (place(name).isEmpty()) {
        throw unknown(name);
      }
    }
  }

  /**
   * What a pack lists, whether it is there or not; of a diffusers folder, what is in it.
   *
   * @throws PackException if there is no such pack, or its description is wrong
   */
  public PackOutline outline(String nameOrDirectory) {
    return place(nameOrDirectory).map(this::outline).orElseThrow(() -> unknown(nameOrDirectory));
  }

  /**
   * As {@link #outline(String)}, of a pack in the folders only.
   *
   * @throws PackException if there is none of that name, or its description is wrong
   */
  PackOutline named(String name, Kind needed) {
    PackOutline pack = folder(name).map(this::outline).orElseThrow(() -> unknown(name));
    pack.network(needed);
    return pack;
  }

  private PackOutline outline(Path folder) {
    if (isPack(folder)) {
      return PackReader.outline(folder);
    }
    PackDescription pack = read(folder);
    return new PackOutline(pack.name(), folder, pack.about(), pack.networks(), pack.tokenizer(),
        pack.rewardVocabulary(), pack.files());
  }

  private Optional<Path> place(String nameOrDirectory) {
    return folder(nameOrDirectory).or(() -> given(nameOrDirectory));
  }

  private Optional<Path> folder(String name) {
    return folders.stream().flatMap(folder -> directory(folder, name).filter(Packs::isPack).stream()).findFirst();
  }

  private static Optional<Path> given(String folder) {
    return directory(Path.of(""), folder).map(HubCache::snapshot);
  }

  private PackException unknown(String nameOrDirectory) {
    List<String> names = names();
    String hint = Nearest.hint(nameOrDirectory, names);
    return new PackException("no pack '%s'%s%s %s, looked for in %s; or give the folder of a pack".formatted(
        nameOrDirectory, hint, hint.isEmpty() ? ": there" : "; there", known(names), places()));
  }

  private static String known(List<String> names) {
    return names.isEmpty() ? "is none" : (names.size() == 1 ? "is " : "are ") + String.join(", ", names);
  }

  private String places() {
    return folders.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  /** What users type need not be a path at all. */
  private static Optional<Path> directory(Path parent, String name) {
    try {
      return Optional.of(parent.resolve(name)).filter(Files::isDirectory);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private PackDescription read(Path folder) {
    if (isPack(folder)) {
      return PackReader.read(folder, hub);
    } else if (Files.exists(folder.resolve(DiffusersFolder.FILE))) {
      return DiffusersFolder.read(folder);
    }
    throw new PackException(folder + ": has neither " + PackReader.FILE + " nor " + DiffusersFolder.FILE
        + ", so it is no pack");
  }

  /** The shortest way to name a pack. */
  String called(PackDescription pack) {
    return folder(pack.name()).filter(pack.folder()::equals).map(folder -> pack.name())
        .orElse(pack.folder().toString());
  }

  /** The names of the packs in the folders. */
  public List<String> names() {
    return folders.stream().flatMap(Packs::packs).map(pack -> pack.getFileName().toString()).distinct().sorted()
        .toList();
  }

  private static Stream<Path> packs(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Stream.empty();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(Packs::isPack).toList().stream();
    } catch (IOException e) {
      throw new PackException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private static boolean isPack(Path folder) {
    return Files.isRegularFile(folder.resolve(PackReader.FILE));
  }
}
