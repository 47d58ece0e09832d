// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.StepParts;
import io.i4vgen.media.Clip;
import io.i4vgen.media.ContactSheet;
import io.i4vgen.media.Format;
import io.i4vgen.media.Picture;
import io.i4vgen.media.Png;
import io.i4vgen.model.PackDescription;
import io.i4vgen.tensor.Folder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Shows how far a job has come, while it goes on: a contact sheet of the video, or else of the anchor or the
 * candidates, beside the place of the video, {@code ID.preview.png}. A later preview of the same job takes its place.
 */
public final class Preview extends Decoding {

  /** @param vae as of {@link Decode#Decode} */
  public Preview(String vae) {
    super("preview", vae);
  }

  /** Also that the sheet can be written. */
  @Override
  public void check(Job job, StageContext context, List<Stage> route) {
    super.check(job, context, route);
    Path sheet = sheet(job, context);
    Folder.of(sheet).problem().ifPresent(problem -> {
      throw new BadJob("the preview '%s': can't be written: %s".formatted(sheet, problem));
    });
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Generation made = in.with(step(in.job(), pack));
    List<Picture> pictures = Images.pictures(decode(in, pack, latents(in), context));
    Picture sheet = ContactSheet.ofFrames(in.job().prompt(), new Clip(pack.frame().fps(), pictures));
    try {
      Png.write(sheet, sheet(in.job(), context), VideoTags.of(made, pack));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
    return made;
  }

  private NDArray latents(Generation in) {
    return StepParts.SHOWN.stream().map(in::find).flatMap(Optional::stream).findFirst()
        .orElseGet(() -> in.require(Part.CANDIDATES, name()));
  }

  private static Path sheet(Job job, StageContext context) {
    Path video = Path.of(context.output().toString().replace("{id}", job.id()));
    String name = video.getFileName().toString();
    String bare = Format.ofEnding(video).map(format -> name.substring(0, name.lastIndexOf('.'))).orElse(name);
    return video.resolveSibling(bare + ".preview.png");
  }
}
