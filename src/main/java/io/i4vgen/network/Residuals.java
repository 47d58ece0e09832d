// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;

/**
 * What a control network adds to the states of a UNet's encoder; of {@code b} clips, frame by frame.
 *
 * @param down for each state of the down path, in order: {@code [b * frames, channels, height, width]}
 * @param mid for the middle block's
 */
public record Residuals(List<NDArray> down, NDArray mid) {

  public Residuals {
    down = List.copyOf(down);
  }

  /** As a program returns them: the middle block's is the last. */
  static Residuals of(List<NDArray> all) {
    return new Residuals(all.subList(0, all.size() - 1), all.get(all.size() - 1));
  }

  NDList all() {
    NDList all = new NDList(down);
    all.add(mid);
    return all;
  }
}
