// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.evaluate.shapes.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A prompt and a seed: every pipeline gets them alike.
 *
 * @param prompt the prompt's number, from 0
 * @param repeat which of the prompt's seeds it is, from 0
 * @param seed of the jobs
 */
record Trial(int prompt, int repeat, Spec spec, long seed) {

  static final int MOST = 1000;

  /**
   * Every prompt with so many seeds each, no two trials with one seed.
   *
   * @param seed of the whole comparison
   */
  static List<Trial> all(List<Spec> specs, int seeds, long seed) {
    List<Trial> trials = new ArrayList<>();
    for (int prompt = 0; prompt < specs.size(); prompt++) {
      for (int repeat = 0; repeat < seeds; repeat++) {
        trials.add(new Trial(prompt, repeat, specs.get(prompt), (seed * MOST + prompt) * MOST + repeat));
      }
    }
    return trials;
  }

  String id() {
    return String.format(Locale.ROOT, "prompt-%03d-%d", prompt, repeat);
  }
}
