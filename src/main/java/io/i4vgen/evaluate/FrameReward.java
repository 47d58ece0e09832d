// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Generation;
import io.i4vgen.model.Kind;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.ImageReward;
import io.i4vgen.stage.StageContext;
import io.i4vgen.tensor.Scope;
import java.util.Collection;
import java.util.Optional;

/**
 * Scores videos by ImageReward: the mean over the frames, each for itself against the prompt.
 *
 * @param scorer the pack whose reward network does it; empty if there is none
 */
record FrameReward(StageContext context, Optional<PackDescription> scorer) {

  /** The first of {@code packs} that has a reward network scores for all. */
  static FrameReward of(StageContext context, Collection<PackDescription> packs) {
    return new FrameReward(context, packs.stream().filter(pack -> pack.has(Kind.REWARD)).findFirst());
  }

  /** @param frames {@code [n, 3, height, width]}, bytes */
  Optional<Double> of(Generation generation, NDArray frames) {
    return scorer.map(pack -> {
      try (Scope scope = new Scope()) {
        float sum = 0;
        float[] rewards = ImageReward.score(generation, context, pack, frames).toFloatArray();
        for (float reward : rewards) {
          sum += reward;
        }
        return (double) sum / rewards.length;
      }
    });
  }
}
