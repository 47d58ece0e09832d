// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import io.i4vgen.model.HubFile;
import io.i4vgen.model.PackFile;
import io.i4vgen.model.PackOutline;
import io.i4vgen.tensor.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is known of the hub's files beyond what packs say: what the hub has called their sizes and checksums, and which
 * of them have been compared. It is the file {@code .known} in the hub's folder, a line a file, and appears all at
 * once. If two processes write it in the same moment, one of the notes may get lost, and is found out again. Beside it,
 * {@code .locks} has an empty file for each that was ever fetched.
 *
 * @param folder the hub's
 */
record Ledger(Path folder) {

  private static final String FILE = ".known";
  private static final Pattern LINE = Pattern.compile("(-1|\\d{1,18}) (-|[0-9a-f]{64}) (-1|\\d{1,18}) (.+)");

  /**
   * What is known of a file.
   *
   * @param bytes its size; {@link PackFile#UNKNOWN} if nobody has said
   * @param sha256 its checksum; empty if nobody has said
   * @param compared when the file that had this checksum was last changed, in ms; {@link #NEVER} if none was compared
   */
  record Known(long bytes, String sha256, long compared) {

    static final long NEVER = -1;

    private boolean isSomething() {
      return bytes != PackFile.UNKNOWN || !sha256.isEmpty();
    }

    private Known inDoubt() {
      return new Known(bytes, sha256, NEVER);
    }

    /** Whether nothing in the pack contradicts it. */
    private boolean suits(PackFile file) {
      return (!file.hasSize() || bytes == PackFile.UNKNOWN || bytes == file.bytes())
          && (file.sha256().isEmpty() || sha256.isEmpty() || sha256.equals(file.sha256()));
    }

    private PackFile completed(PackFile file) {
      return suits(file) ? new PackFile(file.path(), file.hasSize() ? file.bytes() : bytes,
          file.sha256().isEmpty() ? sha256 : file.sha256(), file.holds(), file.hub()) : file;
    }
  }

  /** The one that a pack's files are noted in. */
  static Ledger of(PackOutline pack) {
    return new Ledger(HubFile.folder(pack.folder()));
  }

  /** The pack, with what is known of its files besides. */
  PackOutline completed(PackOutline pack) {
    Map<String, Known> notes = read();
    Map<String, PackFile> files = new LinkedHashMap<>(pack.files());
    files.replaceAll((name, file) -> {
      Known known = file.hub().isPresent() ? notes.get(key(file.location(pack.folder()))) : null;
      return known == null ? file : known.completed(file);
    });
    return new PackOutline(pack.name(), pack.folder(), pack.about(), pack.networks(), pack.tokenizer(),
        pack.rewardVocabulary(), files);
  }

  /** Whether the file was compared with this checksum, and has not been touched since. */
  boolean isCompared(Path file, String sha256) {
    Known known = read().get(key(file));
    return known != null && known.sha256().equals(sha256) && known.equals(compared(file, sha256));
  }

  /** What is known of a file that is there and has this checksum. */
  static Known compared(Path file, String sha256) {
    return HubException.unless(file, () ->
        new Known(Files.size(file), sha256, Files.getLastModifiedTime(file).toMillis()));
  }

  /** Notes what is known of a file now; if that is nothing, what was known is forgotten. */
  void note(Path file, Known known) {
    Map<String, Known> notes = read();
    Known before = known.isSomething() ? notes.put(key(file), known) : notes.remove(key(file));
    if (!known.equals(before)) {
      write(notes);
    }
  }

  /** Something may be wrong with these files, so that they must be compared again. */
  void doubt(Collection<Path> files) {
    Map<String, Known> before = read();
    Map<String, Known> notes = new TreeMap<>(before);
    files.forEach(file -> notes.computeIfPresent(key(file), (key, known) -> known.inDoubt()));
    if (!notes.equals(before)) {
      write(notes);
    }
  }

  /** What a process locks that fetches {@code file}; it stays, for a lock on what somebody removes is none. */
  Path guard(Path file) {
    return folder.resolve(".locks").resolve(HexFormat.of().formatHex(Sha256.of(key(file))));
  }

  private String key(Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  /** What is no line of this kind was not written by us. */
  private Map<String, Known> read() {
    Path file = folder.resolve(FILE);
    Map<String, Known> notes = new TreeMap<>();
    if (Files.exists(file)) {
      String text = new String(HubException.unless(file, () -> Files.readAllBytes(file)), StandardCharsets.UTF_8);
      text.lines().map(LINE::matcher).filter(Matcher::matches).forEach(line -> notes.put(line.group(4),
          new Known(Long.parseLong(line.group(1)), line.group(2).equals("-") ? "" : line.group(2),
              Long.parseLong(line.group(3)))));
    }
    return notes;
  }

  /** A folder that others look after need not be written to: what is in it is compared every time then. */
  private void write(Map<String, Known> notes) {
    if (Files.isWritable(folder)) {
      Path next = folder.resolve(FILE + "." + UUID.randomUUID());
      String text = notes.entrySet().stream().map(note -> line(note.getKey(), note.getValue()))
          .collect(Collectors.joining());
      HubException.unless(next, () -> Files.move(Files.writeString(next, text), folder.resolve(FILE),
          StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
    }
  }

  private static String line(String path, Known known) {
    return "%d %s %d %s%n".formatted(known.bytes(), known.sha256().isEmpty() ? "-" : known.sha256(), known.compared(),
        path);
  }
}
