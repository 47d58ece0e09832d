// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Arrays;

/** How far down the grid of timesteps NI-VSDS goes: paper and code say it from two ends. */
public sealed interface Extent {

  /** The timesteps to iterate over, a leading part of {@code grid}; T is {@code trainTimesteps}. */
  double[] of(double[] grid, int trainTimesteps);

  /**
   * The paper's p: from T down to {@code tau = Int(T p)}, so 0 goes over the whole grid and 1 does nothing.
   *
   * @param fraction p, 0 to 1
   */
  record Until(double fraction) implements Extent {

    public Until {
      checkFraction("until", fraction);
    }

    @Override
    public double[] of(double[] grid, int trainTimesteps) {
      double tau = (int) (trainTimesteps * fraction);
      return Arrays.stream(grid).filter(t -> t >= tau).toArray();
    }
  }

  /**
   * The published code's p: the first {@code int(steps p) + 1} timesteps, never more than there are.
   *
   * @param fraction p, 0 to 1
   */
  record Steps(double fraction) implements Extent {

    public Steps {
      checkFraction("steps", fraction);
    }

    @Override
    public double[] of(double[] grid, int trainTimesteps) {
      return Arrays.copyOf(grid, Math.min(grid.length, (int) (grid.length * fraction) + 1));
    }
  }

  private static void checkFraction(String name, double fraction) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException("NI-VSDS: " + name + " " + fraction + " must be between 0 and 1");
    }
  }
}
