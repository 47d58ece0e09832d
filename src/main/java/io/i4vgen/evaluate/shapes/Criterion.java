// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

/** What a frame is asked. */
public enum Criterion {
  /** Something in the colour of each thing is there. */
  COLOR,
  /** In each thing's colour the largest part has its shape. */
  SHAPE,
  /** As many parts as things, counted in all colours. */
  COUNT,
  /** The first thing is where it should be, seen from the second; of one thing, nothing is asked. */
  RELATION,
  /** The background is the right one. */
  SCENE,
  /** Colour, shape and count. */
  OBJECT,
  /** All of them. */
  ALL
}
