// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.tensor.Scope;
import java.util.Objects;

/**
 * A model of short clips made one of long videos: it sees the video window by window, and the predictions for a frame
 * are averaged by the windows' weights. Beside the model's own memory for one window it needs two latents of the video.
 *
 * @param windows where to look
 * @param clips the model
 */
public record WindowedDenoiser(ContextWindows windows, ClipModel clips) implements Denoiser {

  /** The model of a part of the video. */
  @FunctionalInterface
  public interface ClipModel {

    /** The model for the frames from {@code from} to before {@code to}. */
    Denoiser of(int from, int to);
  }

  public WindowedDenoiser {
    Objects.requireNonNull(windows, "windows");
    Objects.requireNonNull(clips, "clips");
  }

  @Override
  public NDArray predict(NDArray latent, double timestep) {
    int frames = Math.toIntExact(latent.getShape().get(0));
    if (frames <= windows.length()) {
      return clips.of(0, frames).predict(latent, timestep);
    }
    try (Scope scope = new Scope()) {
      float[] weights = windows.frameWeights();
      float[] total = new float[frames];
      NDArray sum = latent.zerosLike();
      NDArray each = latent.getManager().create(weights, new Shape(weights.length, 1, 1, 1));
      for (int start : windows.starts(frames, timestep)) {
        add(sum, latent, each, start, timestep);
        for (int i = 0; i < weights.length; i++) {
          total[start + i] += weights[i];
        }
      }
      return scope.keep(sum.divi(latent.getManager().create(total, new Shape(frames, 1, 1, 1))));
    }
  }

  private void add(NDArray sum, NDArray latent, NDArray weights, int start, double timestep) {
    int end = start + windows.length();
    try (Scope scope = new Scope()) {
      NDArray predicted = clips.of(start, end).predict(latent.get("{}:{}", start, end), timestep);
      sum.get("{}:{}", start, end).addi(predicted.mul(weights));
    }
  }
}
