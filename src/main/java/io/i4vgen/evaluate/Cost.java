// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

/**
 * What a pipeline, or a part of it, took.
 *
 * @param seconds of work
 * @param imageCalls calls of the UNet with its motion modules off, one a guided step of all candidate images
 * @param videoCalls calls of the UNet with its motion modules on, one a guided step of the whole video (Table 4's unit)
 */
public record Cost(double seconds, int imageCalls, int videoCalls) {

  /** Nothing done. */
  public static final Cost NONE = new Cost(0, 0, 0);

  /** Both together. */
  public Cost plus(Cost other) {
    return new Cost(seconds + other.seconds, imageCalls + other.imageCalls, videoCalls + other.videoCalls);
  }
}
