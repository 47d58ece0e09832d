// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackException;
import io.i4vgen.network.LatentDecoder;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What makes pictures of a stage's latents: the pack's own VAE, or a tiny one that takes a tenth of the time. */
final class Decoder {

  private static final String OWN = "own";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final String stage;
  private final Setting<String> vae;

  /** @param route what the route says: {@code null}, empty or {@code auto} if nothing */
  Decoder(String stage, String route) {
    this.stage = stage;
    this.vae = Setting.text(stage, "vae", null, route, OWN + ", or the name of a pack with a tiny VAE, such as taesd",
        text -> NAME.matcher(text).matches() ? text : null);
  }

  /** Whose VAE. */
  Setting<String> setting() {
    return vae;
  }

  /** @throws BadJob if there is no such tiny VAE, or it is for latents of another shape */
  void check(Job job, Models models) {
    PackDescription pack = models.describe(job.model());
    tiny(job, pack).ifPresent(name -> {
      try {
        models.tinyVae(name, pack.frame()).close();
      } catch (PackException e) {
        throw new BadJob("%s: %s".formatted(vae.saying(job, pack).orElseThrow(), e.getMessage()), e);
      }
    });
  }

  private Optional<String> tiny(Job job, PackDescription pack) {
    return vae.in(job, pack).filter(name -> !name.equals(OWN));
  }

  /**
   * Decodes latents one by one, and tells the progress so.
   *
   * @param latents {@code [n, channels, height, width]}
   * @return {@code [n, 3, height, width]}, bytes
   */
  NDArray decode(Generation in, NDArray latents, StageContext context) {
    PackDescription pack = context.pack(in);
    int count = Math.toIntExact(latents.getShape().get(0));
    try (Lease<? extends LatentDecoder> decoder = lease(in.job(), pack, context.models())) {
      return Images.decode(decoder.get(), latents,
          done -> context.progress().advanced(in.job(), stage, done, count));
    }
  }

  private Lease<? extends LatentDecoder> lease(Job job, PackDescription pack, Models models) {
    Optional<String> tiny = tiny(job, pack);
    return tiny.isPresent() ? models.tinyVae(tiny.get(), pack.frame()) : models.vae(pack);
  }

  /** What a recipe says of it: nothing of the pack's own. */
  Map<String, String> facts(Job job, PackDescription pack) {
    return tiny(job, pack).map(name -> Map.of("vae", name)).orElse(Map.of());
  }
}
