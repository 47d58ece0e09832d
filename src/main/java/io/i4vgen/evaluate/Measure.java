// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.evaluate.shapes.Criterion;
import io.i4vgen.evaluate.shapes.Verdict;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** The numbers that are kept of a video; those that are yes or no are 1 or 0. */
public enum Measure {
  COLOR, SHAPE, COUNT, OBJECT, RELATION, SCENE, ALL, MOTION, SUCCESS, DYNAMIC, CONSISTENCY, FLICKERING, PATH, REWARD,
  SECONDS, IMAGE_CALLS, VIDEO_CALLS;

  /** Its name in files. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a video shows, and what it took: everything but {@link #REWARD}. */
  static Map<Measure, Double> of(Verdict verdict, Cost cost) {
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    values.put(SECONDS, cost.seconds());
    values.put(IMAGE_CALLS, (double) cost.imageCalls());
    values.put(VIDEO_CALLS, (double) cost.videoCalls());
    for (Criterion criterion : Criterion.values()) {
      values.put(valueOf(criterion.name()), number(verdict.holds(criterion)));
    }
    values.put(MOTION, number(verdict.motionRight()));
    values.put(SUCCESS, number(verdict.success()));
    values.put(DYNAMIC, number(verdict.dynamic()));
    values.put(CONSISTENCY, verdict.consistency());
    values.put(FLICKERING, verdict.flickering());
    values.put(PATH, verdict.path());
    return values;
  }

  private static double number(boolean yes) {
    return yes ? 1 : 0;
  }
}
