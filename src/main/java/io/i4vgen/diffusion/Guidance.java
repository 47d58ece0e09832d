// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.i4vgen.tensor.Scope;

/**
 * Classifier-free guidance: Ho and Salimans, arXiv 2207.12598, in the form all Stable Diffusion code uses.
 *
 * @param scale how strongly to follow the prompt; up to 1 the model sees the prompt only, as in the original code
 */
public record Guidance(double scale) {

  public Guidance {
    if (!(scale >= 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("guidance " + scale + " must be 0 or more");
    }
  }

  /** The model itself. */
  @FunctionalInterface
  public interface Predictor {

    /**
     * Predicts for one or two sets of texts.
     *
     * @param latents {@code [rows * frames, channels, height, width]}
     * @param rows 2: the same latent twice, the first half for the negative prompt, the second for the prompt; 1: for
     *     the prompt only
     * @return of the same shape
     */
    NDArray predict(NDArray latents, int rows, double timestep);
  }

  /** Whether the model is asked about the negative prompt at all. */
  public boolean active() {
    return scale > 1;
  }

  /** {@code negative + scale (positive - negative)}. */
  public NDArray combine(NDArray negative, NDArray positive) {
    try (Scope scope = new Scope()) {
      return scope.keep(negative.add(positive.sub(negative).mul(scale)));
    }
  }

  /** The guided model: both texts in one batch. */
  public Denoiser denoiser(Predictor model) {
    return active() ? (latent, t) -> guided(model, latent, t) : (latent, t) -> model.predict(latent, 1, t);
  }

  private NDArray guided(Predictor model, NDArray latent, double timestep) {
    try (Scope scope = new Scope()) {
      NDArray both = model.predict(NDArrays.concat(new NDList(latent, latent)), 2, timestep);
      NDList halves = both.split(2);
      return scope.keep(combine(halves.get(0), halves.get(1)));
    }
  }
}
