// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

/** One thing in a clip. */
public record Thing(Paint paint, Figure figure) {

  /** {@code a red star}, in the canonical words. */
  String prompt() {
    return (paint == Paint.ORANGE ? "an " : "a ") + paint.words().get(0) + " " + figure.words().get(0);
  }
}
