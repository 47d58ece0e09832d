// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.tensor.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Whether the files of a pack are what its description says. */
public final class PackFiles {

  private PackFiles() {}

  /** What tells a file from another one that had its name before: path, size and time; nothing if there is none. */
  public static String stamp(Path file) {
    try {
      return Files.exists(file) ? file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Looks at sizes only, which costs nothing.
   *
   * @param hub where missing files can be fetched
   * @throws PackException naming every file that is missing or of another size, the bytes expected and how to get it
   */
  static void requireComplete(PackContents pack, URI hub) {
    List<String> problems = new ArrayList<>();
    boolean fetched = false;
    for (PackFile file : pack.files().values()) {
      Optional<String> problem = problem(file, file.location(pack.folder()), hub);
      problem.ifPresent(problems::add);
      fetched |= problem.isPresent() && file.hub().isPresent();
    }
    if (fetched) {
      problems.add("fetch what is missing with ./i4vgen models pull " + pack.name());
    }
    refuse(pack.name(), problems);
  }

  /** What is wrong with a file, as far as its size says. */
  public static Optional<String> problem(PackFile file, Path path, URI hub) {
    if (!Files.isRegularFile(path)) {
      List<String> facts = new ArrayList<>();
      if (file.hasSize()) {
        facts.add(file.bytes() + " bytes");
      }
      file.hub().ifPresent(source -> facts.add("from " + source.url(hub)));
      return Optional.of(path + " is missing (" + String.join(", ", facts) + ")");
    }
    return file.hasSize() && size(path) != file.bytes()
        ? Optional.of(path + " has " + size(path) + " bytes, expected " + file.bytes()) : Optional.empty();
  }

  /** What is wrong with the content of a file that is there, as far as its checksum is known. */
  public static Optional<String> damage(PackFile file, Path path) {
    if (file.sha256().isEmpty()) {
      return Optional.empty();
    }
    String found = sha256(path);
    return found.equals(file.sha256()) ? Optional.empty()
        : Optional.of(path + " has sha256 " + found + ", expected " + file.sha256());
  }

  private static void refuse(String pack, List<String> problems) {
    if (!problems.isEmpty()) {
      throw new PackException("pack '" + pack + "': " + String.join("; ", problems));
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new PackException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** The checksum of a file, 64 hexadecimal digits. */
  public static String sha256(Path file) {
    try (InputStream bytes = Files.newInputStream(file)) {
      return HexFormat.of().formatHex(Sha256.of(bytes));
    } catch (IOException e) {
      throw new PackException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
