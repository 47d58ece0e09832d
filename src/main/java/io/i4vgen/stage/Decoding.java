// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackException;
import io.i4vgen.network.LatentDecoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A stage that makes pictures of latents: by the pack's own VAE, or by a tiny one that takes a tenth of the time. */
abstract class Decoding implements Stage {

  private static final String OWN = "own";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final String name;
  private final Setting<String> vae;

  /** @param route what the route says: {@code null}, empty or {@code auto} if nothing */
  Decoding(String name, String route) {
    this.name = name;
    this.vae = Setting.text(name, "vae", null, route, OWN + ", or the name of a pack with a tiny VAE, such as taesd",
        text -> NAME.matcher(text).matches() ? text : null);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final List<Setting<?>> settings() {
    return List.of(vae);
  }

  /** Also that there is such a tiny VAE, and that it is for latents of this shape. */
  @Override
  public final void check(Job job, Models models) {
    Stage.super.check(job, models);
    PackDescription pack = models.describe(job.model());
    tiny(job, pack).ifPresent(other -> {
      try {
        models.tinyVae(other, pack.frame()).close();
      } catch (PackException e) {
        throw new BadJob("%s: %s".formatted(vae.saying(job, pack).orElseThrow(), e.getMessage()), e);
      }
    });
  }

  /**
   * Decodes latents one by one, and tells the progress so.
   *
   * @param latents {@code [n, channels, height, width]}
   * @return {@code [n, 3, height, width]}, bytes
   */
  final NDArray decode(Generation in, PackDescription pack, NDArray latents, StageContext context) {
    int count = Math.toIntExact(latents.getShape().get(0));
    try (Lease<? extends LatentDecoder> decoder = lease(in.job(), pack, context.models())) {
      return Images.decode(decoder.get(), latents,
          done -> context.progress().advanced(in.job(), name, done, count));
    }
  }

  private Lease<? extends LatentDecoder> lease(Job job, PackDescription pack, Models models) {
    Optional<String> tiny = tiny(job, pack);
    return tiny.isPresent() ? models.tinyVae(tiny.get(), pack.frame()) : models.vae(pack);
  }

  /** What a recipe says of it: whose VAE it was, if not the pack's own. */
  final Step step(Job job, PackDescription pack) {
    return new Step(name, tiny(job, pack).map(other -> Map.of("vae", other)).orElse(Map.of()));
  }

  private Optional<String> tiny(Job job, PackDescription pack) {
    return vae.in(job, pack).filter(other -> !other.equals(OWN));
  }
}
