// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/** Whether the files of a pack are what its description says. */
final class PackFiles {

  private PackFiles() {}

  /**
   * Looks at sizes only, which costs nothing.
   *
   * @throws PackException naming every file that is missing or of another size, and the bytes expected
   */
  static void requireComplete(String pack, Path folder, Collection<PackFile> files) {
    List<String> problems = new ArrayList<>();
    for (PackFile file : files) {
      Path path = folder.resolve(file.path());
      if (!Files.isRegularFile(path)) {
        problems.add(path + " is missing (" + file.bytes() + " bytes)");
      } else if (size(path) != file.bytes()) {
        problems.add(path + " has " + size(path) + " bytes, expected " + file.bytes());
      }
    }
    refuse(pack, problems);
  }

  /**
   * Reads every file.
   *
   * @throws PackException naming every file whose checksum is another one, or is not given
   */
  static void requireUndamaged(String pack, Path folder, Collection<PackFile> files) {
    requireComplete(pack, folder, files);
    List<String> problems = new ArrayList<>();
    for (PackFile file : files) {
      String found = sha256(folder.resolve(file.path()));
      if (!found.equals(file.sha256())) {
        problems.add(folder.resolve(file.path()) + " has sha256 " + found + ", expected "
            + (file.sha256().isEmpty() ? "one to be given" : file.sha256()));
      }
    }
    refuse(pack, problems);
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

  static String sha256(Path file) {
    try (InputStream bytes = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      new DigestInputStream(bytes, digest).transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new PackException(file + ": cannot be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
