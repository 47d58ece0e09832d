// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import java.util.List;
import java.util.Map;

/**
 * Keeps the candidate with the highest reward as the anchor image (I4VGen, stage 1), the first of equals; without
 * rewards, the first candidate (the ablation "without generation-selection"). The anchor stays a latent.
 */
public record SelectAnchor() implements Stage {

  @Override
  public String name() {
    return "select-anchor";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of();
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    NDArray candidates = in.require(Part.CANDIDATES, name());
    int best = best(in.rewards());
    return in.with(Part.ANCHOR, candidates.get("{}:{}", best, best + 1).duplicate())
        .with(Fact.ANCHOR, best)
        .with(new Step(name(), Map.of()));
  }

  private static int best(float[] rewards) {
    int best = 0;
    for (int i = 1; i < rewards.length; i++) {
      best = rewards[i] > rewards[best] ? i : best;
    }
    return best;
  }
}
