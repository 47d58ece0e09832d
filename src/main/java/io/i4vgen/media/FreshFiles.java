// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files that appear whole or not at all: each is written under a hidden temporary name in its own folder, and
 * {@link #publish} forces all to the disk and renames them. What was not published is deleted at {@link #close}, or, if
 * the process was killed, when the same file is written the next time.
 */
public final class FreshFiles implements AutoCloseable {

  private static final Pattern OF_PROCESS = Pattern.compile("\\.[0-9a-f]{8}-(\\d{1,18})-[0-9a-f]{8}\\.part");
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Writes one file. */
  public interface Body {
    void writeTo(Path temporary) throws IOException;
  }

  private final Existing existing;
  private final Map<Path, Path> targetByTemporary = new LinkedHashMap<>();

  /** @param existing what becomes of the first of the files if it is there already; the others are replaced */
  FreshFiles(Existing existing) {
    this.existing = existing;
  }

  /**
   * Writes one file that appears whole or not at all, in the place of what is there already; folders on the way are
   * made.
   *
   * @throws UnwritableFile naming {@code target}
   */
  public static void write(Path target, Body body) throws IOException {
    write(target, Existing.REPLACED, body);
  }

  /** The same, but what is there already may be kept. */
  static void write(Path target, Existing existing, Body body) throws IOException {
    try (FreshFiles files = new FreshFiles(existing)) {
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
      throw new UnwritableFile("cannot write " + target + ": " + reason(e), e);
    }
  }

  /** @throws NameTaken if the first is there and kept; none is published then */
  void publish() throws IOException {
    for (Path temporary : targetByTemporary.keySet()) {
      force(temporary);
    }
    boolean free = existing == Existing.KEPT;
    for (Map.Entry<Path, Path> file : targetByTemporary.entrySet()) {
      if (free) {
        take(file.getKey(), file.getValue());
      } else {
        rename(file.getKey(), file.getValue());
      }
      free = false;
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
    String start = ".%08x-".formatted(target.getFileName().toString().hashCode());
    deleteOrphans(target.getParent(), start);
    return target.resolveSibling(start + ProcessHandle.current().pid() + "-"
        + UUID.randomUUID().toString().substring(0, 8) + ".part");
  }

  /** What a process left behind that was killed while it wrote the same target. */
  private static void deleteOrphans(Path folder, String start) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, start + "*.part")) {
      for (Path file : files) {
        Matcher name = OF_PROCESS.matcher(file.getFileName().toString());
        if (name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty() && isOld(file)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** Its writer may be a process of another machine that has the same disk: nobody writes for a minute. */
  private static boolean isOld(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(PATIENCE));
    } catch (IOException e) {
      return false; // it is gone, or another's
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    } catch (IOException e) {
      throw new UnwritableFile("cannot write " + file + ": " + reason(e), e);
    }
  }

  private static void rename(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UnwritableFile("cannot write " + target + ": " + reason(e), e);
    }
  }

  /** Gives the file a second name, which of all processes only one can do. The first one is deleted at the end. */
  private static void take(Path temporary, Path target) throws IOException {
    try {
      Files.createLink(target, temporary);
    } catch (FileAlreadyExistsException e) {
      throw new NameTaken(target, e);
    } catch (FileSystemException | UnsupportedOperationException e) {
      takeWithoutLinks(temporary, target);
    }
  }

  /** On a disk that knows no links only the threads of this process keep out of each other's way. */
  private static synchronized void takeWithoutLinks(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target);
    } catch (FileAlreadyExistsException e) {
      throw new NameTaken(target, e);
    } catch (IOException e) {
      throw new UnwritableFile("cannot write " + target + ": " + reason(e), e);
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
