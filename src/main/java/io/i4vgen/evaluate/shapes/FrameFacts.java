// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What one frame shows.
 *
 * @param seen in each colour
 * @param scene the one with the most pixels of its colours
 */
record FrameFacts(Map<Paint, Seen> seen, Scene scene) {

  /** What of {@code spec} this frame fulfils. */
  Set<Criterion> fulfilled(Spec spec) {
    Set<Criterion> all = EnumSet.noneOf(Criterion.class);
    add(all, Criterion.COLOR, spec.things().stream().allMatch(thing -> seen(thing).present()));
    add(all, Criterion.SHAPE, spec.things().stream().allMatch(
        thing -> seen(thing).figure().filter(thing.figure()::equals).isPresent()));
    add(all, Criterion.COUNT, seen.values().stream().mapToInt(Seen::count).sum() == spec.things().size());
    add(all, Criterion.RELATION, spec.relation().isEmpty() || all.contains(Criterion.COLOR) && related(spec));
    add(all, Criterion.SCENE, scene == spec.scene());
    add(all, Criterion.OBJECT, all.containsAll(Set.of(Criterion.COLOR, Criterion.SHAPE, Criterion.COUNT)));
    add(all, Criterion.ALL, all.containsAll(Set.of(Criterion.OBJECT, Criterion.RELATION, Criterion.SCENE)));
    return all;
  }

  Seen seen(Thing thing) {
    return seen.get(thing.paint());
  }

  private boolean related(Spec spec) {
    Seen first = seen(spec.things().get(0));
    Seen second = seen(spec.things().get(1));
    return spec.relation().orElseThrow().holds(first.x() - second.x(), first.y() - second.y());
  }

  private static void add(Set<Criterion> all, Criterion criterion, boolean holds) {
    if (holds) {
      all.add(criterion);
    }
  }
}
