// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.diffusion.ContextWindows.Movement;
import io.i4vgen.diffusion.ContextWindows.Weights;
import io.i4vgen.diffusion.FreeNoise;
import io.i4vgen.diffusion.Seeds;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import java.util.Locale;
import java.util.Optional;

/**
 * How a long video is looked at, as {@link ContextWindows} leaves it for the stages that denoise.
 *
 * @param method how windows go with the noise
 * @param length frames of a window
 * @param stride frames from one window to the next
 * @param weights how windows are averaged
 * @param mean of what
 */
record Windows(Method method, int length, int stride, Weights weights, Mean mean) {

  /** What is averaged over windows. */
  enum Mean {
    /** What frames learn of each other, in every temporal attention; all else is computed once for each frame. */
    ATTENTION,
    /** The predicted noise: the model sees one window after the other. */
    PREDICTION
  }

  /** How windows go with the noise. */
  enum Method {
    /** Shifted windows, independent noise in every frame. */
    UNIFORM(Movement.SHIFTED),
    /** Fixed windows, the noise of the first one in all (arXiv 2310.15169). */
    FREENOISE(Movement.FIXED);

    private final Movement movement;

    Method(Movement movement) {
      this.movement = movement;
    }
  }

  /** Those of the job, if a step before has said any. */
  static Optional<Windows> of(Generation in) {
    return in.find(Fact.WINDOWS).map(text -> text.toUpperCase(Locale.ROOT).split(" ")).map(words ->
        new Windows(Method.valueOf(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]),
            Weights.valueOf(words[3]), words.length < 5 ? Mean.PREDICTION : Mean.valueOf(words[4])));
  }

  /** Whether they are within the network: not with given frames, whose own network sees short videos only. */
  boolean areWithin(Steering steering) {
    return mean == Mean.ATTENTION && steering == Steering.NONE;
  }

  /** As a fact holds it. */
  String text() {
    return Setting.word(method) + " " + length + " " + stride + " " + Setting.word(weights) + " "
        + Setting.word(mean);
  }

  io.i4vgen.diffusion.ContextWindows context() {
    return new io.i4vgen.diffusion.ContextWindows(length, stride, method.movement, weights);
  }

  /** The noise for {@code purpose}: independent in every frame, or the first window's in all. */
  static NDArray noise(Generation in, String purpose, Shape shape) {
    Seeds seeds = new Seeds(in.job().seed());
    NDArray noise = seeds.noise(purpose, in.memory(), shape);
    return of(in).filter(windows -> windows.method == Method.FREENOISE)
        .map(windows -> new FreeNoise(windows.length, windows.stride)
            .reschedule(noise, seeds.random(purpose + " order")))
        .orElse(noise);
  }
}
