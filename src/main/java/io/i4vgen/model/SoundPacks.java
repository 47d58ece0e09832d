// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Looks at the headers of a pack's networks before anything is calculated with them; once, as long as the pack and its
 * files stay the same. May be used from any thread.
 */
final class SoundPacks {

  /** How many faults a message has room for. */
  private static final int TOLD = 3;

  private final Map<Question, Answer> sound = new ConcurrentHashMap<>();

  private record Question(Path folder, Set<Kind> kinds) {}

  private record Answer(PackDescription pack, List<String> stamps) {}

  /**
   * @param optional networks to look at, beside those that every pack has, if this one has them
   * @throws PackException naming the files and their faults
   */
  void require(PackDescription pack, Set<Kind> optional) {
    Set<Kind> kinds = EnumSet.copyOf(pack.networks().keySet());
    kinds.removeIf(kind -> !kind.required() && !optional.contains(kind));
    Question question = new Question(pack.folder(), kinds);
    Answer now = new Answer(pack, pack.files().values().stream()
        .map(file -> PackFiles.stamp(file.location(pack.folder()))).toList());
    if (!now.equals(sound.get(question))) {
      look(pack, kinds);
      sound.put(question, now);
    }
  }

  private static void look(PackDescription pack, Set<Kind> kinds) {
    NetworkCheck check = new NetworkCheck(pack);
    List<String> faults = new ArrayList<>();
    kinds.forEach(kind -> faults.addAll(check.faults(kind)));
    faults.addAll(check.misfits());
    if (!faults.isEmpty()) {
      String more = faults.size() <= TOLD ? ""
          : "; and %d faults more, which ./i4vgen models check lists".formatted(faults.size() - TOLD);
      String named = faults.get(0).startsWith("pack '") ? "" : "pack '" + pack.name() + "': ";
      throw new PackException(named + faults.stream().limit(TOLD).collect(Collectors.joining("; ")) + more);
    }
  }
}
