// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.FrameImage;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.network.Vae;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Takes a picture of the user's as the anchor image (I4VGen with a user-provided image), in the place of candidates and
 * selection: cropped around its middle, resized, and brought to the latent space as the mean of what the autoencoder
 * says.
 */
public final class ImageAnchor implements Stage {

  private final Setting<Path> image;

  /** @param image the file; {@code null}, empty or {@code auto}: then the job says it */
  public ImageAnchor(String image) {
    this.image = PictureFiles.setting(name(), "image", image, "a JPEG, PNG or WebP file");
  }

  @Override
  public String name() {
    return "image-anchor";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(image);
  }

  /** Reads the picture, so that a bad one is known before anything runs. */
  @Override
  public void check(Job job, Models models) {
    Stage.super.check(job, models);
    PictureFiles.read(file(job, models.describe(job.model())));
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Path file = file(in.job(), pack);
    NDArray frame = FrameImage.of(pack.frame()).of(PictureFiles.read(file), in.memory());
    try (Lease<Vae> vae = context.models().vae(pack)) {
      return in.with(Part.ANCHOR, PictureFiles.latent(vae.get(), frame))
          .with(new Step(name(), Map.of("image", file.getFileName().toString())));
    }
  }

  private Path file(Job job, PackDescription pack) {
    return image.in(job, pack).orElseThrow(() -> new BadJob(
        "the job has no 'image': give the JPEG, PNG or WebP file that the video is to begin from"));
  }
}
