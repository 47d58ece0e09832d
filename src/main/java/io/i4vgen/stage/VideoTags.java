// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.media.Tags;
import io.i4vgen.model.PackDescription;

/** What a video's file says of how it was made: the prompt, and the recipe with the route and the preset. */
public final class VideoTags {

  private VideoTags() {}

  /** Those of what a job has come to on {@code pack}. */
  public static Tags of(Generation made, PackDescription pack) {
    Generation named = pack.presetName(made.job().parameters().get("preset"))
        .map(preset -> made.with(Fact.PRESET, preset)).orElse(made);
    return new Tags(made.job().prompt(), GenerationFile.recipe(named));
  }
}
