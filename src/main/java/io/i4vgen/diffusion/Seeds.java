// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One independent seed for each purpose, all derived from the job's seed, so that leaving a stage out, adding one or
 * running them elsewhere does not change the noise of the others, and nothing depends on what ran before.
 *
 * <p>{@code seed(purpose) = low 32 bits of mix(job + golden * fnv(purpose))}, where {@code fnv} is the 64-bit FNV-1a
 * hash of the purpose's UTF-8 bytes, {@code golden} is 0x9E3779B97F4A7C15 and {@code mix} is the finalizer of
 * SplitMix64 (Steele, Lea and Flood, 2014). Cut to 32 bits because PyTorch's generator uses no more.
 *
 * @param job the job's seed, any value
 */
public record Seeds(long job) {

  /** The first latent: of the candidates, and (the same numbers) of the plain baseline. */
  public static final String INITIAL = "initial";
  /** The noise that NI-VSDS keeps for all its iterations. */
  public static final String NI_VSDS = "ni-vsds";
  /** The noise put on a video before it is denoised again. */
  public static final String NOISE = "noise";
  /** What is drawn for the latents of given frames. */
  public static final String CONDITION = "condition";
  /** The noise that ancestral samplers draw while denoising. */
  public static final String DENOISE = "denoise";
  /** The noise that ancestral samplers draw for the candidates. */
  public static final String CANDIDATES = "candidates";

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** The seed for {@code purpose}, 0 to 2^32 - 1. */
  public long seed(String purpose) {
    return mix(job + GOLDEN * fnv1a(purpose)) & 0xFFFFFFFFL;
  }

  /** A fresh generator with the seed for {@code purpose}. */
  public TorchRandom random(String purpose) {
    return new TorchRandom(seed(purpose));
  }

  /** The noise for {@code purpose}; an image or frame of it does not depend on how many there are. */
  public NDArray noise(String purpose, NDManager manager, Shape shape) {
    return random(purpose).leading(manager, shape);
  }

  /**
   * Noise for {@code purpose} again and again, each draw with a seed of its own, so that an image of it does not depend
   * on how many there are.
   */
  public NoiseSource draws(String purpose) {
    AtomicInteger drawn = new AtomicInteger();
    return (manager, shape) -> noise(purpose + "." + drawn.incrementAndGet(), manager, shape);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static long fnv1a(String text) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return hash;
  }
}
