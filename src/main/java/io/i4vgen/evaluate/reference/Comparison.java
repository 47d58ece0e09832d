// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Objects;

/**
 * One number that says how far a result is from its reference.
 *
 * @param what which result
 * @param error the largest absolute difference, relative to the reference's scale where the method says so
 * @param tolerance the largest error accepted; 0 asks for equality
 */
public record Comparison(String what, double error, double tolerance) {

  /** Networks: relative to {@code max(1, max|expected|)}, within 1e-4. */
  public static Comparison network(String what, NDArray actual, NDArray expected) {
    Difference d = Difference.of(actual, expected);
    return new Comparison(d.name(what), d.maximum() / Math.max(1, d.largest()), 1e-4);
  }

  /** One scheduler step from the recorded state: relative to the rms of {@code expected}, within 2e-4. */
  public static Comparison step(String what, NDArray actual, NDArray expected) {
    return relativeToRms(what, actual, expected, 2e-4);
  }

  /** A free-running trace: relative to the rms of {@code expected}, within 1e-3. */
  public static Comparison trace(String what, NDArray actual, NDArray expected) {
    return relativeToRms(what, actual, expected, 1e-3);
  }

  /** Relative to the root mean square of {@code expected}. */
  public static Comparison relativeToRms(String what, NDArray actual, NDArray expected, double tolerance) {
    Difference d = Difference.of(actual, expected);
    return new Comparison(d.name(what), d.maximum() == 0 ? 0 : d.maximum() / d.rms(), tolerance);
  }

  /** Absolute difference. */
  public static Comparison absolute(String what, NDArray actual, NDArray expected, double tolerance) {
    Difference d = Difference.of(actual, expected);
    return new Comparison(d.name(what), d.maximum(), tolerance);
  }

  /** Equal or not (error 0 or 1): tokens, indices, anything with an {@code equals}. */
  public static Comparison exact(String what, Object actual, Object expected) {
    boolean equal = Objects.deepEquals(actual, expected);
    return new Comparison(equal ? what : what + " (exact)", equal ? 0 : 1, 0);
  }

  /** False also when the error is not a number. */
  public boolean passed() {
    return error <= tolerance;
  }

  /** How much of the tolerance is used up; more than 1 fails. */
  public double usage() {
    return error == 0 ? 0 : Double.isNaN(error) ? Double.POSITIVE_INFINITY : error / tolerance;
  }

  private record Difference(double maximum, double largest, double rms, String problem) {

    static Difference of(NDArray actual, NDArray expected) {
      if (!actual.getShape().equals(expected.getShape())) {
        return new Difference(Double.POSITIVE_INFINITY, 1, 1,
            ": shape " + actual.getShape() + " instead of " + expected.getShape());
      }
      double[] a = values(actual);
      double[] e = values(expected);
      double maximum = 0;
      double largest = 0;
      double squares = 0;
      for (int i = 0; i < e.length; i++) {
        maximum = Math.max(maximum, Math.abs(a[i] - e[i]));
        largest = Math.max(largest, Math.abs(e[i]));
        squares += e[i] * e[i];
      }
      return new Difference(maximum, largest, Math.sqrt(squares / Math.max(1, e.length)), "");
    }

    private static double[] values(NDArray array) {
      return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    String name(String what) {
      return what + problem;
    }
  }
}
