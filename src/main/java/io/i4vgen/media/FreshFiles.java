// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Files that appear whole or not at all: each is written under a hidden temporary name in its own folder, and
 * {@link #publish} forces all to the disk and renames them. What was not published is deleted at {@link #close}.
 */
final class FreshFiles implements AutoCloseable {

  /** Writes one file. */
  interface Body {
    void writeTo(Path temporary) throws IOException;
  }

  private final Map<Path, Path> targetByTemporary = new LinkedHashMap<>();

  /**
   * Writes one file that appears whole or not at all; folders on the way are made.
   *
   * @throws IOException naming {@code target}
   */
  static void write(Path target, Body body) throws IOException {
    try (FreshFiles files = new FreshFiles()) {
      files.add(target, body);
      files.publish();
    }
  }

  /** Writes a file that will be at {@code target} once published. */
  void add(Path target, Body body) throws IOException {
    try {
      Path temporary = temporaryBeside(target.toAbsolutePath());
      targetByTemporary.put(temporary, target.toAbsolutePath());
      body.writeTo(temporary);
    } catch (IOException e) {
      throw new IOException("cannot write " + target + ": " + reason(e), e);
    }
  }

  void publish() throws IOException {
    for (Path temporary : targetByTemporary.keySet()) {
      force(temporary);
    }
    for (Map.Entry<Path, Path> file : targetByTemporary.entrySet()) {
      rename(file.getKey(), file.getValue());
    }
  }

  @Override
  public void close() throws IOException {
    for (Path temporary : targetByTemporary.keySet()) {
      Files.deleteIfExists(temporary);
    }
  }

  private static Path temporaryBeside(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      throw new IOException("it is a folder");
    }
    Files.createDirectories(target.getParent());
    return target.resolveSibling("." + UUID.randomUUID() + ".part");
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    } catch (IOException e) {
      throw new IOException("cannot write " + file + ": " + reason(e), e);
    }
  }

  private static void rename(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IOException("cannot write " + target + ": " + reason(e), e);
    }
  }

  // the messages of these two are nothing but the path
  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission for " + e.getMessage();
    }
    if (e instanceof FileAlreadyExistsException) {
      return e.getMessage() + " is not a folder";
    }
    return e.getMessage();
  }
}
