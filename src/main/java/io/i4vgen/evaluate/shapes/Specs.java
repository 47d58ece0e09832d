// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Draws specs. The same seed gives the same ones on every Java; more of them begin with fewer of them. */
public final class Specs {

  private static final int MOST = 1000;

  /** {@link Random}'s numbers are part of its contract. */
  private final Random random;

  public Specs(long seed) {
    this.random = new Random(seed);
  }

  /**
   * So many specs, no two alike, by turns of one thing and of two.
   *
   * @throws IllegalArgumentException if {@code count} is not 0 to 1000: the world has about 4000 of one thing
   */
  public List<Spec> draw(int count) {
    if (count < 0 || count > MOST) {
      throw new IllegalArgumentException("prompts is %d: must be from 0 to %d".formatted(count, MOST));
    }
    Set<Spec> drawn = new LinkedHashSet<>();
    while (drawn.size() < count) {
      drawn.add(drawn.size() % 2 == 0 ? one() : two());
    }
    return List.copyOf(drawn);
  }

  private Spec one() {
    Thing thing = new Thing(any(Paint.values()), any(Figure.values()));
    return new Spec(List.of(thing), Optional.empty(), any(Scene.values()), motion(Motion.values(), List.of(thing)));
  }

  private Spec two() {
    Paint first = any(Paint.values());
    List<Paint> others = new ArrayList<>(List.of(Paint.values()));
    others.remove(first);
    List<Thing> things = List.of(new Thing(first, any(Figure.values())),
        new Thing(any(others.toArray(new Paint[0])), any(Figure.values())));
    Motion[] all = List.of(Motion.values()).subList(0, Motion.BOUNCE.ordinal()).toArray(new Motion[0]);
    return new Spec(things, Optional.of(any(Relation.values())), any(Scene.values()), motion(all, things));
  }

  /** One of {@code motions}; what can't be seen to spin gets another. */
  private Motion motion(Motion[] motions, List<Thing> things) {
    Motion motion = any(motions);
    boolean visible = motion != Motion.SPIN || things.stream().allMatch(thing -> thing.figure().canSpin());
    return visible ? motion : Motion.values()[random.nextInt(Motion.SPIN.ordinal())];
  }

  private <T> T any(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
