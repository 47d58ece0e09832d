// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts, on disk, how many processes died over a delivery: a message, or a file of the inbox. A broker counts the
 * attempts that failed, but starts anew when the process has died: without this, a job that kills the process would do
 * so for ever. Jobs of one id are counted apart, and only dead processes count; not those that were told to end,
 * however they end then.
 */
final class Attempts implements AutoCloseable {

  private final Path folder;
  private final int most;
  private final String process;
  private final Map<String, Integer> open = new HashMap<>();
  private boolean closed;

  Attempts(Path folder, int most) {
    this(folder, most, name(ProcessHandle.current()));
  }

  /** @param process as {@link #name} names it */
  Attempts(Path folder, int most, String process) {
    this.folder = folder;
    this.most = most;
    this.process = process;
  }

  /** The process's number, and when it began, because numbers are used again. */
  static String name(ProcessHandle process) {
    return process.pid() + "@" + process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /**
   * Takes note that this process begins a job.
   *
   * @param delivery what brought the job, the same after a restart
   * @throws DeadlyJob if processes have died over it as often as they may; it is forgotten then
   */
  synchronized void begin(String delivery, String id) {
    int deaths = deaths(delivery);
    if (deaths >= most) {
      end(delivery);
      throw new DeadlyJob("job %s was begun %d times, and each time the process died before its end: not begun again"
          .formatted(id, deaths));
    }
    if (!closed) {
      open.put(delivery, deaths);
      write(delivery, deaths + " " + process);
    }
  }

  /** Forgets the delivery: its job ended, one way or the other. */
  synchronized void end(String delivery) {
    open.remove(delivery);
    delete(delivery);
  }

  /** The process has been told to end: its own death from now on is no job's doing. What was counted before stays. */
  @Override
  public synchronized void close() {
    closed = true;
    open.forEach((delivery, deaths) -> {
      if (deaths == 0) {
        delete(delivery);
      } else {
        write(delivery, Integer.toString(deaths));
      }
    });
    open.clear();
  }

  private void write(String delivery, String text) {
    try {
      Files.createDirectories(folder);
      Path draft = Files.writeString(file(delivery + " draft"), text);
      Files.move(draft, file(delivery), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("can't write to " + folder + ": " + e.getMessage(), e);
    }
  }

  private void delete(String delivery) {
    try {
      Files.deleteIfExists(file(delivery));
    } catch (IOException e) {
      throw new UncheckedIOException("can't delete from " + folder + ": " + e.getMessage(), e);
    }
  }

  private Path file(String delivery) {
    return folder.resolve(Source.digest(delivery));
  }

  private int deaths(String delivery) {
    try {
      Path file = file(delivery);
      String text = Files.exists(file) ? Files.readString(file).strip() : "";
      if (!text.matches("\\d{1,4}( \\d{1,18}@\\d{1,18})?")) {
        return 0;
      }
      String[] parts = text.split(" ");
      return Integer.parseInt(parts[0]) + (parts.length == 1 || isAlive(parts[1]) ? 0 : 1);
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + folder + ": " + e.getMessage(), e);
    }
  }

  private boolean isAlive(String other) {
    return other.equals(process) || ProcessHandle.of(Long.parseLong(other.substring(0, other.indexOf('@'))))
        .filter(ProcessHandle::isAlive).map(Attempts::name).filter(other::equals).isPresent();
  }
}
