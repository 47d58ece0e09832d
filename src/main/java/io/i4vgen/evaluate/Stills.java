// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.evaluate.shapes.GroundTruth;
import io.i4vgen.generation.Job;
import io.i4vgen.media.Picture;
import io.i4vgen.media.Png;
import io.i4vgen.media.Tags;
import io.i4vgen.model.Kind;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.Setting;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Pictures for pipelines that begin from one: of each trial a still that shows its prompt, drawn, and the outlines of
 * the things in it for those that want scribbles.
 */
final class Stills {

  private static final String IMAGE = "image";
  private static final Set<String> GIVEN = Set.of(IMAGE, "images", "conditions");

  private final Path folder;

  /** @param folder where they go, once they are needed */
  Stills(Path folder) {
    this.folder = folder;
  }

  /** The same pipeline, with these pictures if it takes one and nobody has said which. */
  Pipeline given(Pipeline pipeline, PackDescription pack) {
    Job job = new Job("given", "any", null, 0, pipeline.model(), pipeline.parameters());
    List<Setting<?>> settings = pipeline.stages().stream().flatMap(stage -> stage.settings().stream()).toList();
    boolean said = settings.stream().filter(setting -> setting.names().stream().anyMatch(GIVEN::contains))
        .anyMatch(setting -> setting.in(job, pack).isPresent());
    if (said || !pipeline.options().contains(IMAGE)) {
      return pipeline;
    }
    boolean scribble = settings.stream().map(setting -> setting.in(job, pack))
        .anyMatch(Optional.of(Kind.SPARSECTRL_SCRIBBLE)::equals);
    return pipeline.with(Map.of(IMAGE, folder.resolve(scribble ? "{id}-outlines.png" : "{id}.png").toString()));
  }

  /** Draws those of these trials that are not there yet. */
  void draw(List<Trial> trials) throws IOException {
    for (Trial trial : trials) {
      draw(trial.id() + ".png", GroundTruth.still(trial.spec(), trial.seed()));
      draw(trial.id() + "-outlines.png", GroundTruth.outlines(trial.spec(), trial.seed()));
    }
  }

  private void draw(String name, Picture picture) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      Png.write(picture, file, Tags.NONE);
    }
  }

  /** A text with the options of a task, as if these lay in no folder. */
  String unplaced(String options) {
    return options.replace("=" + folder + File.separator, "=");
  }

  /** Whether a pipeline gets one of these. */
  boolean areGivenTo(Pipeline pipeline) {
    return pipeline.parameters().getOrDefault(IMAGE, "").startsWith(folder.toString());
  }
}
