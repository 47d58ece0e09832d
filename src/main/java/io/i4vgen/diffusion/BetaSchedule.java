// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

/** How much noise each training timestep adds. */
public enum BetaSchedule {

  /** Evenly from start to end. */
  LINEAR {
    @Override
    float[] betas(int n, double start, double end) {
      return linspace((float) start, (float) end, n);
    }
  },
  /** Evenly in the square root, as Stable Diffusion was trained. */
  SCALED_LINEAR {
    @Override
    float[] betas(int n, double start, double end) {
      float[] roots = linspace((float) Math.sqrt(start), (float) Math.sqrt(end), n);
      for (int i = 0; i < n; i++) {
        roots[i] *= roots[i];
      }
      return roots;
    }
  },
  /** From the squared cosine of Nichol and Dhariwal, arXiv 2102.09672, formula (17); start and end are not used. */
  SQUAREDCOS_CAP_V2 {
    @Override
    float[] betas(int n, double start, double end) {
      float[] betas = new float[n];
      for (int i = 0; i < n; i++) {
        double ratio = alphaBar((i + 1) / (double) n) / alphaBar(i / (double) n);
        betas[i] = (float) Math.min(1 - ratio, 0.999);
      }
      return betas;
    }

    private double alphaBar(double time) {
      return Math.pow(StrictMath.cos((time + 0.008) / 1.008 * Math.PI / 2), 2);
    }
  };

  abstract float[] betas(int n, double start, double end);

  /** In fp32 and from both ends towards the middle, as PyTorch does: within a unit in the last place of its values. */
  private static float[] linspace(float start, float end, int n) {
    float step = n == 1 ? 0 : (end - start) / (n - 1);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = i < n / 2 ? start + step * i : end - step * (n - 1 - i);
    }
    if (n == 1) {
      values[0] = start;
    }
    return values;
  }
}
