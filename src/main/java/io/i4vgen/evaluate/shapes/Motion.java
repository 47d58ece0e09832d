// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.List;

/** What things do. */
public enum Motion {
  STATIC("standing still", "staying still", "not moving"),
  LEFT("moving left", "moving to the left", "going to the left", "sliding left"),
  RIGHT("moving right", "moving to the right", "going to the right", "sliding right"),
  UP("moving up", "going up", "rising", "moving upwards"),
  DOWN("moving down", "going down", "falling", "moving downwards"),
  SPIN("spinning", "rotating", "turning around"),
  GROW("growing", "getting bigger", "growing larger"),
  SHRINK("shrinking", "getting smaller"),
  BOUNCE("bouncing", "bouncing up and down", "jumping up and down");

  private final List<String> words;

  Motion(String... words) {
    this.words = List.of(words);
  }

  /** What prompts call it; the first is the canonical one. */
  public List<String> words() {
    return words;
  }
}
