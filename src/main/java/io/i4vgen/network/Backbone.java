// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.Lora;
import java.util.List;

/** The noise predictor that a pack's images and videos are made with, whoever published it. */
public sealed interface Backbone extends AutoCloseable permits Unet, LavieUnet {

  /**
   * Predicts the noise of {@code b} clips (or images: one frame each, or {@code b} texts with as many images each as
   * {@code frames} says and no motion).
   *
   * @param sample {@code [b * frames, channels, height, width]}: the frames of the first clip, then of the second ...
   * @param timestep scalar, {@code [1]} or {@code [b]}, int64 or fp32: the diffusion timestep, for all or for each clip
   * @param text {@code [b, tokens, width]}: one row a clip, whose keys and values are computed once for all frames; or
   *     {@code [b * frames, tokens, width]}: one row a frame
   * @param frames frames of a clip
   * @param motion whether the frames of a clip know of each other; without effect if the network has no motion
   * @return the prediction, shaped as the sample
   * @throws IllegalArgumentException if shapes disagree, or with motion and more frames than {@link #maxFrames}
   */
  default NDArray predict(NDArray sample, NDArray timestep, NDArray text, int frames, boolean motion) {
    return predict(sample, false, timestep, text, frames, motion);
  }

  /**
   * As {@link #predict(NDArray, NDArray, NDArray, int, boolean)}; what equal clips have in common before they meet
   * their texts is computed once.
   *
   * @param same whether all clips of the sample are equal, as guidance has them
   */
  default NDArray predict(NDArray sample, boolean same, NDArray timestep, NDArray text, int frames, boolean motion) {
    return predict(sample, same, timestep, text, frames, motion, AttentionWindows.NONE);
  }

  /**
   * As {@link #predict(NDArray, boolean, NDArray, NDArray, int, boolean)}, for clips of any length.
   *
   * @param windows within which their frames know of each other, of {@link #maxFrames} at most; without effect without
   *     motion
   */
  NDArray predict(NDArray sample, boolean same, NDArray timestep, NDArray text, int frames, boolean motion,
      AttentionWindows windows);

  /** Whether frames of a clip can know of each other. */
  boolean hasMotion();

  /** The longest clip with motion that it has positions for. */
  int maxFrames();

  /**
   * The same network with low-rank updates of its weights. It shares all other weights with this one, which must stay
   * open as long as it is used; to close it undoes the updates.
   *
   * @throws io.i4vgen.weights.BadWeights if an update has a module that this network has not, or one of another shape
   */
  Backbone with(List<Lora.Scaled> updates);

  /** The type of the weights, which every tensor of floating point numbers that goes in must have. */
  DataType floats();

  /** The size of the weights in memory. */
  long bytes();

  /** Frees the weights. */
  @Override
  void close();
}
