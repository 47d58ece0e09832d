// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import java.util.Arrays;
import java.util.Locale;

/** How the steps of sampling are laid over the training timesteps; see table 2 of Lin et al., arXiv 2305.08891. */
public enum TimestepSpacing {

  /** Every {@code T/steps}-th timestep from 0 (integer division), plus the offset; AnimateDiff and LaVie use it. */
  LEADING {
    @Override
    double at(int i, int steps, int trained, int offset) {
      return (double) i * (trained / steps) + offset;
    }
  },
  /** From the last training timestep downwards; the offset is not used. */
  TRAILING {
    @Override
    double at(int i, int steps, int trained, int offset) {
      double ratio = (double) trained / steps;
      return Math.rint(trained - (steps - 1 - i) * ratio) - 1;
    }
  },
  /** From 0 to the last training timestep, both included; the offset is not used. */
  LINSPACE {
    @Override
    double at(int i, int steps, int trained, int offset) {
      return steps == 1 ? 0 : i * ((trained - 1) / (double) (steps - 1));
    }
  };

  /** The {@code i}-th lowest timestep; only those of linspace are not whole. */
  abstract double at(int i, int steps, int trained, int offset);

  /** The timesteps from the most noise to the least, whole numbers. */
  double[] grid(int steps, int trained, int offset) {
    return Arrays.stream(between(steps, trained, offset)).map(Math::rint).toArray();
  }

  /** The same without rounding. */
  double[] between(int steps, int trained, int offset) {
    if (steps < 1 || steps > trained) {
      throw new IllegalArgumentException("steps " + steps + " must be between 1 and num_train_timesteps " + trained);
    }
    double[] grid = new double[steps];
    for (int i = 0; i < steps; i++) {
      grid[steps - 1 - i] = at(i, steps, trained, offset);
    }
    if (grid[0] >= trained) {
      throw new IllegalArgumentException("steps " + steps + " with steps_offset " + offset + " start at timestep "
          + (long) grid[0] + ", but num_train_timesteps is " + trained + "; take fewer steps or a smaller offset");
    }
    return grid;
  }

  /**
   * The grid of diffusers' multistep solvers: of one step more the noisiest ones, so that the last step ends where the
   * other grids' last step begins; trailing is as everywhere.
   */
  double[] solverGrid(int steps, int trained, int offset) {
    if (this == TRAILING) {
      return grid(steps, trained, offset);
    }
    if (steps >= trained) {
      throw new IllegalArgumentException("steps " + steps + " must be less than num_train_timesteps " + trained
          + " for a multistep sampler with timestep_spacing " + name().toLowerCase(Locale.ROOT));
    }
    return Arrays.copyOf(grid(steps + 1, trained, offset), steps);
  }
}
