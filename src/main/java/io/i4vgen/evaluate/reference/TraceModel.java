// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.i4vgen.diffusion.Denoiser;
import io.i4vgen.diffusion.Guidance;
import io.i4vgen.network.MotionConfig;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.StateDict;
import java.nio.file.Path;

/**
 * The small UNet that the traces of whole pipelines were recorded with: its configuration lies in the case that
 * "unet_case" names, its texts among the trace's own tensors. The files keep videos as
 * {@code [batch, channels, frames, height, width]}.
 */
record TraceModel(Unet unet, NDArray texts, NDArray text, Guidance guidance) implements AutoCloseable {

  static TraceModel open(Case reference, double guidanceScale, NDManager manager) {
    Tensors io = reference.io(manager);
    JsonNode json = Case.open(reference.folder().resolve(reference.at("unet_case").asText())).at("config");
    UnetConfig config = UnetConfig.of(json).withMotion(MotionConfig.ofOriginal(json));
    NDArray text = io.get("text.cond");
    NDArray texts = NDArrays.concat(new NDList(io.get("text.uncond"), text));
    return new TraceModel(load(reference.weights(), config, manager), texts, text, new Guidance(guidanceScale));
  }

  private static Unet load(Path weights, UnetConfig config, NDManager manager) {
    try (StateDict state = StateDict.open(weights)) {
      return Unet.load(state, config, manager);
    }
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
  NDArray both(NDArray latent, long timestep) {
    return predict(NDArrays.concat(new NDList(latent, latent)), 2, timestep, true);
  }

  private NDArray predict(NDArray latents, int rows, long timestep, boolean motion) {
    int frames = Math.toIntExact(latents.getShape().get(0) / rows);
    NDArray step = latents.getManager().create(new long[] {timestep});
    return unet.predict(latents, step, rows == 2 ? texts : text, frames, motion);
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
    unet.close();
  }
}
