// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Models;
import java.util.List;

/** Decodes the video's latents into pictures. */
public final class Decode implements Stage {

  private final Decoder decoder;

  /**
   * Decodes with the pack's own VAE.
   *
   * @param vae {@code own}, or the name of a pack with a tiny VAE; {@code null}, empty or {@code auto} if the route
   *     does not say
   */
  public Decode(String vae) {
    this.decoder = new Decoder(name(), vae);
  }

  @Override
  public String name() {
    return "decode";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(decoder.setting());
  }

  @Override
  public void check(Job job, Models models) {
    Stage.super.check(job, models);
    decoder.check(job, models);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    NDArray images = decoder.decode(in, in.require(Part.VIDEO, name()), context);
    return in.with(Part.FRAMES, images).with(new Step(name(), decoder.facts(in.job(), context.pack(in))));
  }
}
