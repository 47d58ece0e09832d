// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * The beginning of a file that is being fetched: {@code NAME.part} beside where the file will be, and in
 * {@code NAME.part.of} what it is the beginning of. It outlives the process, which may be killed at any time; only one
 * process at a time has it: the one that has locked a file made for that. The file itself appears when it is whole, all
 * at once.
 */
final class PartFile implements AutoCloseable {

  private final Path target;
  private final Path part;
  private final Path origin;
  private final FileChannel channel;
  private final FileChannel lock;

  private PartFile(Path target, Path part, FileChannel channel, FileChannel lock) {
    this.target = target;
    this.part = part;
    this.origin = part.resolveSibling(part.getFileName() + ".of");
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Which bytes these are the beginning of.
   *
   * @param linked what the hub calls them; empty if nothing
   * @param etag what the server calls them that sends them; empty if nothing
   * @param total how many there are; empty if unknown
   */
  record Origin(String linked, String etag, String total) {

    static Origin of(Answer answer) {
      return new Origin(answer.linked().etag().orElse(""), answer.etag().orElse(""),
          answer.total().isPresent() ? Long.toString(answer.total().getAsLong()) : "");
    }

    /** Whether nothing says that they are others. A server that sends the rest need not know the total. */
    boolean agrees(Origin other) {
      boolean named = !linked.isEmpty() && !other.linked.isEmpty();
      boolean counted = !total.isEmpty() && !other.total.isEmpty();
      return (!counted || total.equals(other.total)) && (named ? linked.equals(other.linked) : etag.equals(other.etag));
    }

    /** How many bytes there are, if that was said; -1 if not. */
    long bytes() {
      return total.isEmpty() ? -1 : Long.parseLong(total);
    }
  }

  /**
   * Opens what there is of {@code target}, or begins it.
   *
   * @param guard the file that everyone who fetches it locks
   * @throws HubException if another process is at it, or it can't be written
   */
  static PartFile open(Path target, Path guard) {
    Path part = path(target);
    try {
      Files.createDirectories(target.getParent());
      FileChannel lock = lock(target, guard);
      try {
        FileChannel channel = opened(part);
        channel.position(channel.size());
        return new PartFile(target, part, channel, lock);
      } catch (IOException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new HubException(part + ": can't be written: " + e.getMessage(), e);
    }
  }

  private static FileChannel lock(Path target, Path guard) throws IOException {
    Files.createDirectories(guard.getParent());
    FileChannel lock = opened(guard);
    if (!isMine(lock)) {
      lock.close();
      throw new HubException(target + ": is being fetched by another process");
    }
    return lock;
  }

  private static FileChannel opened(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /**
   * The lock lasts until the channel is closed, or any other of the same file in this process: so nobody ever reads or
   * removes the file that is locked, and it is another than that which is written.
   */
  private static boolean isMine(FileChannel lock) throws IOException {
    try {
      return lock.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Where the beginning of {@code target} lies. */
  static Path path(Path target) {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  Path path() {
    return part;
  }

  long size() {
    return written(channel::size);
  }

  void write(byte[] bytes, int length) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
    while (buffer.hasRemaining()) {
      written(() -> channel.write(buffer));
    }
  }

  /** What the bytes are the beginning of; nothing if there are none. */
  Optional<Origin> origin() {
    if (size() == 0 || !Files.exists(origin)) {
      return Optional.empty();
    }
    List<String> lines = written(() -> Files.readAllLines(origin));
    return lines.size() < 3 ? Optional.empty() : Optional.of(new Origin(lines.get(0), lines.get(1), lines.get(2)));
  }

  /** Begins anew. */
  void restart(Origin of) {
    clear();
    written(() -> Files.write(origin, List.of(of.linked(), of.etag(), of.total())));
  }

  /** Forgets all bytes. */
  void clear() {
    written(() -> channel.truncate(0).position(0));
    written(() -> Files.deleteIfExists(origin));
  }

  /** Takes everything away; nothing can be written any more. */
  void discard() {
    clear();
    written(() -> Files.deleteIfExists(part));
  }

  /** Makes it the file. */
  void finish() {
    written(() -> {
      channel.force(true);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return Files.deleteIfExists(origin);
    });
  }

  /** Trouble with the disk, unlike with the network, does not pass by itself. */
  private <T> T written(Callable<T> action) {
    try {
      return action.call();
    } catch (Exception e) {
      throw new HubException(part + ": can't be written: " + e.getMessage(), e);
    }
  }

  /** Nothing is left of a file of which nothing has come. */
  @Override
  public void close() {
    written(() -> {
      try (lock; channel) {
        if (channel.isOpen() && channel.size() == 0) {
          discard();
        }
      }
      return part;
    });
  }
}
