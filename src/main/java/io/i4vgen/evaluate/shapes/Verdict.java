// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.Map;

/**
 * What a clip shows of what it should.
 *
 * @param shares in which share of the frames each criterion holds, 0 to 1
 * @param motion what the first thing does
 * @param motionRight whether it should
 * @param dynamic whether anything moves, turns or changes its size (after VBench's dynamic degree)
 * @param consistency of the first thing's silhouette (after VBench's subject consistency), 0 to 1
 * @param flickering {@code 1 - mean |I(t) - I(t+1)| / 255} (VBench's temporal flickering), 1 is still
 * @param path of the first thing, pixels
 */
public record Verdict(Map<Criterion, Double> shares, Motion motion, boolean motionRight, boolean dynamic,
    double consistency, double flickering, double path) {

  private static final double ENOUGH = 0.75;

  public Verdict {
    shares = Map.copyOf(shares);
  }

  /** Whether it holds in at least three of four frames. */
  public boolean holds(Criterion criterion) {
    return shares.get(criterion) >= ENOUGH;
  }

  /** Everything that the prompt says. */
  public boolean success() {
    return holds(Criterion.ALL) && motionRight;
  }
}
