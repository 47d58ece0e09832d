// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;

/** What a model predicts, and how the clean latent and the noise follow from it. */
public enum PredictionType {

  /** The noise (Ho et al., arXiv 2006.11239). */
  EPSILON {
    @Override
    NDArray original(NDArray output, NDArray latent, double alphaBar) {
      // x_0 = (x_t - sqrt(1 - alphaBar) epsilon) / sqrt(alphaBar): DDIM formula (9), DDPM formula (15)
      return latent.sub(output.mul(Math.sqrt(1 - alphaBar))).div(Math.sqrt(alphaBar));
    }

    @Override
    NDArray epsilon(NDArray output, NDArray latent, double alphaBar) {
      return output.duplicate();
    }
  },
  /** {@code v = sqrt(alphaBar) epsilon - sqrt(1 - alphaBar) x_0} (Salimans and Ho, arXiv 2202.00512, appendix D). */
  V_PREDICTION {
    @Override
    NDArray original(NDArray output, NDArray latent, double alphaBar) {
      return latent.mul(Math.sqrt(alphaBar)).sub(output.mul(Math.sqrt(1 - alphaBar)));
    }

    @Override
    NDArray epsilon(NDArray output, NDArray latent, double alphaBar) {
      return output.mul(Math.sqrt(alphaBar)).add(latent.mul(Math.sqrt(1 - alphaBar)));
    }
  },
  /** The clean latent itself. */
  SAMPLE {
    @Override
    NDArray original(NDArray output, NDArray latent, double alphaBar) {
      return output.duplicate();
    }

    @Override
    NDArray epsilon(NDArray output, NDArray latent, double alphaBar) {
      return latent.sub(output.mul(Math.sqrt(alphaBar))).div(Math.sqrt(1 - alphaBar));
    }
  };

  /** The clean latent x_0 that the prediction amounts to. Leaves intermediates to the caller's scope. */
  abstract NDArray original(NDArray output, NDArray latent, double alphaBar);

  /** The noise that the prediction amounts to, a new tensor. Leaves intermediates to the caller's scope. */
  abstract NDArray epsilon(NDArray output, NDArray latent, double alphaBar);
}
