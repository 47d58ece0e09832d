// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

/**
 * A colour.
 *
 * @param red 0 to 255, as the others
 */
record Rgb(int red, int green, int blue) {}
