// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads the list of a pack's files. */
final class PackFileReader {

  private static final String REPO = "repo";
  private static final String HOLDS = "holds";

  private PackFileReader() {}

  static Map<String, PackFile> read(Section section) {
    Map<String, PackFile> files = new LinkedHashMap<>();
    for (String path : section.keys()) {
      Section file = section.section(path);
      try {
        files.put(path, file(path, file));
      } catch (IllegalArgumentException e) {
        throw section.problem(path, e.getMessage());
      }
      file.done();
    }
    return files;
  }

  /** The size of a hub's file may be unknown: it is asked for when the file is fetched. */
  private static PackFile file(String path, Section file) {
    Optional<HubFile> hub = hub(path, file);
    boolean known = hub.isEmpty() || file.has("bytes");
    long bytes = known ? file.whole("bytes", 0L, Long.MAX_VALUE / 10) : PackFile.UNKNOWN;
    Optional<WeightsKind> holds = file.has(HOLDS)
        ? Optional.of(WeightsKind.of(file.word(HOLDS, WeightsKind.keys()))) : Optional.empty();
    return new PackFile(path, bytes, file.text("sha256", ""), holds, hub);
  }

  private static Optional<HubFile> hub(String path, Section file) {
    return file.has(REPO)
        ? Optional.of(new HubFile(file.text(REPO), file.text("revision", HubFile.MAIN), file.text("path", path)))
        : Optional.empty();
  }
}
