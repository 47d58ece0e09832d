// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

/**
 * The coefficients of a step of {@link UniPc}.
 *
 * @param h the step in lambda; more than 0, infinite to the end without noise
 * @param type {@code B(h)}: bh1, else bh2
 */
record Residual(double h, SolverOptions.Type type) {

  /** {@code e^-h - 1}. */
  double decay() {
    return Math.expm1(-h);
  }

  /** {@code B(h)}, of -h because it is for the clean latent. */
  double scale() {
    return type == SolverOptions.Type.BH1 ? -h : decay();
  }

  /**
   * The solution rho of {@code sum_k rho_k r_k^n = b_n}, n from 0 to {@code count - 1}, where
   * {@code b_n = (n + 1)! phi_{n+2}(-h) (-h) / B(h)} with {@code phi_{n+1}(z) = (phi_n(z) - 1/n!) / z}.
   *
   * @param r at least {@code count} of them, all different
   */
  double[] weights(double[] r, int count) {
    double[][] rows = new double[count][count + 1];
    double phi = decay() / -h - 1;
    double factorial = 1;
    for (int n = 0; n < count; n++) {
      for (int k = 0; k < count; k++) {
        rows[n][k] = Math.pow(r[k], n);
      }
      rows[n][count] = phi * factorial / scale();
      factorial *= n + 2;
      phi = phi / -h - 1 / factorial;
    }
    return solved(rows);
  }

  /** Gauss and Jordan; the first row is all ones and the r differ, so that no pivot is 0. */
  private static double[] solved(double[][] rows) {
    int count = rows.length;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        double factor = j == i ? 0 : rows[j][i] / rows[i][i];
        for (int k = 0; k <= count; k++) {
          rows[j][k] -= factor * rows[i][k];
        }
      }
    }
    double[] solution = new double[count];
    for (int i = 0; i < count; i++) {
      solution[i] = rows[i][count] / rows[i][i];
    }
    return solution;
  }
}
