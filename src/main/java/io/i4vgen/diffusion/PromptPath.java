// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.i4vgen.tensor.Scope;
import java.util.List;
import java.util.Objects;

/**
 * The way of a video's text through several prompts: at a key frame it is that frame's prompt, between two it is
 * interpolated, before the first and after the last it stands still.
 *
 * @param keys frames, ascending, 0 or more
 * @param interpolation between two
 */
public record PromptPath(List<Integer> keys, Interpolation interpolation) {

  /** Ways from one embedding {@code a} to another {@code b}; {@code u} runs from 0 to 1. */
  public enum Interpolation {
    /** {@code (1 - u) a + u b}. */
    LINEAR,
    /**
     * Along the arc between them, token by token (Shoemake 1985): {@code (sin((1 - u) w) a + sin(u w) b) / sin w},
     * where w is the angle between the two; linear where they point the same way, or opposite ones.
     */
    SLERP
  }

  /** Where the sine of an angle is too small to divide by. */
  private static final double PARALLEL = 0.9995;

  /** @throws IllegalArgumentException if there are no keys, or they do not ascend from 0 or more */
  public PromptPath {
    keys = List.copyOf(keys);
    Objects.requireNonNull(interpolation, "interpolation");
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i) < (i == 0 ? 0 : keys.get(i - 1) + 1)) {
        throw new IllegalArgumentException("prompt path: key frames " + keys + " must ascend from 0 or more");
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("prompt path: there must be a key frame or more");
    }
  }

  /**
   * The embedding of each frame, a new tensor {@code [frames, tokens, width]}.
   *
   * @param prompts of the key frames, {@code [keys, tokens, width]}
   */
  public NDArray along(NDArray prompts, int frames) {
    try (Scope scope = new Scope()) {
      NDList all = new NDList(frames);
      for (int frame = 0; frame < frames; frame++) {
        all.add(at(prompts, frame));
      }
      return scope.keep(NDArrays.concat(all, 0));
    }
  }

  private NDArray at(NDArray prompts, int frame) {
    int next = 0;
    while (next < keys.size() && keys.get(next) <= frame) {
      next++;
    }
    int before = Math.max(0, next - 1);
    if (next == 0 || next == keys.size() || keys.get(before) == frame) {
      return row(prompts, before);
    }
    double u = (double) (frame - keys.get(before)) / (keys.get(next) - keys.get(before));
    return between(row(prompts, before), row(prompts, next), u);
  }

  private static NDArray row(NDArray prompts, int key) {
    return prompts.get("{}:{}", key, key + 1);
  }

  private NDArray between(NDArray a, NDArray b, double u) {
    NDArray straight = a.mul(1 - u).add(b.mul(u));
    if (interpolation == Interpolation.LINEAR) {
      return straight;
    }
    NDArray cosine = a.mul(b).sum(new int[] {2}, true).div(norm(a).mul(norm(b)).maximum(1e-12));
    NDArray angle = cosine.clip(-PARALLEL, PARALLEL).acos();
    NDArray arc = angle.mul(1 - u).sin().mul(a).add(angle.mul(u).sin().mul(b)).div(angle.sin());
    return NDArrays.where(cosine.abs().gt(PARALLEL).broadcast(a.getShape()), straight, arc);
  }

  private static NDArray norm(NDArray a) {
    return a.square().sum(new int[] {2}, true).sqrt();
  }
}
