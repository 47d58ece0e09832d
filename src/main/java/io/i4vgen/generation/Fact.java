// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

/** The small things that stages hand on beside tensors. */
public enum Fact {
  /** The pipeline that the job is for: a route's id. */
  ROUTE("route"),
  /** The named set of options that hold where the job and the route set none. */
  PRESET("preset"),
  /** Where on the timestep grid the noisy video stands: the index of its timestep, 0 the noisiest. */
  START("start"),
  /** How many steps that grid has. */
  STEPS("steps"),
  /** Whose grid it is: the name of a sampler. */
  SAMPLER("sampler"),
  /** Whether there is a video under the noise, {@code true} or {@code false}. */
  NOISED("noised"),
  /** Which candidate became the anchor, from 0. */
  ANCHOR("anchor"),
  /** How a long video is looked at: method, length, stride and weights of the windows. */
  WINDOWS("windows"),
  /** What kind of pictures steer the video: {@code rgb} or {@code scribble}. */
  STEERING("steering"),
  /** How strongly they do; 1 as trained. */
  STEERING_SCALE("steeringScale"),
  /** In which steps, with commas between them. */
  STEERED("steered"),
  /** The file that was written. */
  FILE("file");

  private final String key;

  Fact(String key) {
    this.key = key;
  }

  /** Its name in a generation's file. */
  public String key() {
    return key;
  }
}
