// SPDX-License-Identifier: Apache-2.0
/**
 * The mathematics of sampling: schedulers, guidance, noise, NI-VSDS, regeneration, FreeInit. Pure functions of tensors
 * over a {@link io.i4vgen.diffusion.Denoiser}; nothing here knows a network or a model.
 *
 * <p>Symbols: a latent is {@code [frames, channels, height, width]}; {@code t} is a training timestep (0 is the least
 * noise); {@code alphaBar} is the product of {@code 1 - beta} up to {@code t}, so that
 * {@code x_t = sqrt(alphaBar) x_0 + sqrt(1 - alphaBar) epsilon}. Every loop frees its intermediate tensors in every
 * step.
 */
package io.i4vgen.diffusion;
