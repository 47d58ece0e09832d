// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Lease;
import io.i4vgen.network.Vae;
import java.util.List;
import java.util.Map;

/** Decodes the video's latents into pictures. */
public record Decode() implements Stage {

  @Override
  public String name() {
    return "decode";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of();
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    NDArray video = in.require(Part.VIDEO, name());
    int frames = Math.toIntExact(video.getShape().get(0));
    try (Lease<Vae> vae = context.models().vae(context.pack(in))) {
      NDArray images = Images.decode(vae.get(), video,
          done -> context.progress().advanced(in.job(), name(), done, frames));
      return in.with(Part.FRAMES, images).with(new Step(name(), Map.of()));
    }
  }
}
