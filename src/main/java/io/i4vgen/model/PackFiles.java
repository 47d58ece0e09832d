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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
   * @throws PackException first how to get what can be fetched, then every file that is missing or of another size, and
   *     the bytes expected
   */
  static void requireComplete(PackContents pack, URI hub) {
    Map<PackFile, String> problems = new LinkedHashMap<>();
    for (PackFile file : pack.files().values()) {
      problem(file, file.location(pack.folder()), hub).ifPresent(problem -> problems.put(file, problem));
    }
    List<String> said = new ArrayList<>(problems.values());
    remedy(pack, problems.keySet().stream().filter(file -> file.hub().isPresent()).toList())
        .ifPresent(remedy -> said.add(0, remedy));
    refuse(pack.name(), said);
  }

  /** How many files a hub has that are not here, or not as they should be, and what fetches them. */
  private static Optional<String> remedy(PackContents pack, List<PackFile> wanted) {
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    boolean one = wanted.size() == 1;
    boolean missing = wanted.stream().noneMatch(file -> Files.exists(file.location(pack.folder())));
    long bytes = wanted.stream().filter(PackFile::hasSize).mapToLong(PackFile::bytes).sum();
    String least = wanted.stream().allMatch(PackFile::hasSize) ? "" : "at least ";
    return Optional.of("%d %s missing%s%s: ./i4vgen models pull %s fetches %s".formatted(wanted.size(),
        one ? "file is" : "files are", missing ? "" : " or damaged",
        bytes == 0 ? "" : " (%s%s)".formatted(least, Bytes.text(bytes)), pack.name(), one ? "it" : "them"));
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
