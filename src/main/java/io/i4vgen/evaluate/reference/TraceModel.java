// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.network.LavieUnet;
import io.i4vgen.network.Unet;

/**
 * The small UNet that the traces of whole pipelines were recorded with: its configuration lies in the case that
 * "unet_case" names, its texts among the trace's own tensors. The files keep videos as
 * {@code [batch, channels, frames, height, width]}.
 */
record TraceModel(Network network, Runnable onClose, NDArray texts, NDArray text, Guidance guidance)
    implements AutoCloseable {

  /** A UNet of either kind: {@code b} clips of {@code frames} images, and whether these know of each other. */
  @FunctionalInterface
  private interface Network {
    NDArray predict(NDArray sample, boolean same, NDArray timestep, NDArray text, int frames, boolean video);
  }

  static TraceModel open(Case reference, double guidanceScale, NDManager manager) {
    Tensors io = reference.io(manager);
    Case of = Case.open(reference.folder().resolve(reference.at("unet_case").asText()));
    NDArray text = io.get("text.cond");
    NDArray texts = NDArrays.concat(new NDList(io.get("text.uncond"), text));
    Guidance guidance = new Guidance(guidanceScale);
    if (of.kind().equals(LavieUnetCheck.KIND)) {
      LavieUnet unet = LavieUnetCheck.load(of, reference.weights(), manager);
      return new TraceModel(unet::predict, unet::close, texts, text, guidance);
    }
    Unet unet = AnimateDiffUnetCheck.load(of, reference.weights(), manager);
    return new TraceModel(unet::predict, unet::close, texts, text, guidance);
  }

  /** The frames of a latent as independent images. */
  Denoiser images() {
    return guidance.denoiser((latents, rows, timestep) -> predict(latents, rows, timestep, false));
  }

  /** A latent as one video. */
  Denoiser video() {
    return guidance.denoiser((latents, rows, timestep) -> predict(latents, rows, timestep, true));
  }

  /** What the network says about {@code latent} for the negative prompt and, below it, for the prompt. */
  NDArray both(NDArray latent, double timestep) {
    return predict(NDArrays.concat(new NDList(latent, latent)), 2, timestep, true);
  }

  private NDArray predict(NDArray latents, int rows, double timestep, boolean motion) {
    int frames = Math.toIntExact(latents.getShape().get(0) / rows);
    NDArray step = latents.getManager().create(new float[] {(float) timestep});
    return network.predict(latents, rows == 2, step, rows == 2 ? texts : text, frames, motion);
  }

  /** {@code [1, channels, frames, height, width]} as {@code [frames, channels, height, width]}. */
  static NDArray video(NDArray stored) {
    return stored.squeeze(0).transpose(1, 0, 2, 3).duplicate();
  }

  /** {@code [batch, channels, frames, height, width]} as {@code [batch * frames, channels, height, width]}. */
  static NDArray videos(NDArray stored) {
    Shape shape = stored.getShape();
    return stored.transpose(0, 2, 1, 3, 4).reshape(-1, shape.get(1), shape.get(3), shape.get(4));
  }

  /** {@code [images, channels, 1, height, width]} as {@code [images, channels, height, width]}. */
  static NDArray images(NDArray stored) {
    return stored.squeeze(2);
  }

  @Override
  public void close() {
    onClose.run();
  }
}
