// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.model.PackDescription;

/** Decodes the video's latents into pictures. */
public final class Decode extends Decoding {

  /**
   * Decodes with the pack's own VAE if nobody says another.
   *
   * @param vae {@code own}, or the name of a pack with a tiny VAE; {@code null}, empty or {@code auto} if the route
   *     does not say
   */
  public Decode(String vae) {
    super("decode", vae);
  }

  /** As Kamelets make it that were copied before it had options. */
  public Decode() {
    this(null);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    NDArray images = decode(in, pack, in.require(Part.VIDEO, name()), context);
    return in.with(Part.FRAMES, images).with(step(in.job(), pack));
  }
}
