// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.List;
import java.util.Optional;

/**
 * What a clip should show.
 *
 * @param things one or two, of different colours
 * @param relation where the first is, seen from the second; only of two, and then always
 */
public record Spec(List<Thing> things, Optional<Relation> relation, Scene scene, Motion motion) {

  /** @throws IllegalArgumentException if there are not one or two things, or two of one colour */
  public Spec {
    things = List.copyOf(things);
    if (things.isEmpty() || things.size() > 2) {
      throw new IllegalArgumentException(things.size() + " things; must be 1 or 2");
    }
    if (things.size() == 2 && things.get(0).paint() == things.get(1).paint()) {
      throw new IllegalArgumentException(
          "two things that are " + things.get(0).paint().words().get(0) + "; their colours must differ");
    }
    if (relation.isPresent() != (things.size() == 2)) {
      throw new IllegalArgumentException(
          things.size() + " things and the relation " + relation + "; two things need one, one has none");
    }
  }

  Thing first() {
    return things.get(0);
  }

  public boolean hasTwo() {
    return things.size() == 2;
  }

  /** Its canonical wording, which names everything that is judged. */
  public String prompt() {
    String how = motion.words().get(0);
    String where = scene.words().get(0);
    return relation.map(r -> "%s %s %s, both %s, %s".formatted(first().prompt(), r.words().get(0),
        things.get(1).prompt(), how, where)).orElseGet(() -> first().prompt() + " " + how + " " + where);
  }
}
