// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

/** How the steps of sampling are laid over the training timesteps; see table 2 of Lin et al., arXiv 2305.08891. */
public enum TimestepSpacing {

  /** Every {@code T/steps}-th timestep from 0 (integer division), plus the offset; AnimateDiff and LaVie use it. */
  LEADING {
    @Override
    long at(int i, int steps, int trained, int offset) {
      return (long) i * (trained / steps) + offset;
    }
  },
  /** From the last training timestep downwards; the offset is not used. */
  TRAILING {
    @Override
    long at(int i, int steps, int trained, int offset) {
      double ratio = (double) trained / steps;
      return (long) Math.rint(trained - (steps - 1 - i) * ratio) - 1;
    }
  },
  /** From 0 to the last training timestep, both included; the offset is not used. */
  LINSPACE {
    @Override
    long at(int i, int steps, int trained, int offset) {
      return steps == 1 ? 0 : (long) Math.rint(i * ((trained - 1) / (double) (steps - 1)));
    }
  };

  /** The {@code i}-th lowest timestep. */
  abstract long at(int i, int steps, int trained, int offset);

  /** The timesteps from the most noise to the least. */
  long[] grid(int steps, int trained, int offset) {
    if (steps < 1 || steps > trained) {
      throw new IllegalArgumentException("steps " + steps + " must be between 1 and num_train_timesteps " + trained);
    }
    long[] grid = new long[steps];
    for (int i = 0; i < steps; i++) {
      grid[steps - 1 - i] = at(i, steps, trained, offset);
    }
    if (grid[0] >= trained) {
      throw new IllegalArgumentException("steps " + steps + " with steps_offset " + offset + " start at timestep "
          + grid[0] + ", but num_train_timesteps is " + trained + "; take fewer steps or a smaller offset");
    }
    return grid;
  }
}
