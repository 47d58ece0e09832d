// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.Setting;
import io.i4vgen.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * A job for a pipeline.
 *
 * @param stages what is done, one after the other
 * @param pack the one that the job names
 */
record Task(List<Stage> stages, Job job, PackDescription pack) {

  Task {
    stages = List.copyOf(stages);
  }

  /**
   * For each stage, what its result depends on beside the pack, the prompts and the seed: the stages up to it and all
   * their options as they will be used, whoever sets them. Equal keys, equal results.
   *
   * @throws BadJob if an option is out of range
   */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    StringBuilder all = new StringBuilder();
    for (Stage stage : stages) {
      all.append(stage.name());
      for (Setting<?> setting : stage.settings()) {
        setting.in(job, pack).ifPresent(value -> all.append(' ' + setting.names().get(0) + '=' + value));
      }
      keys.add(all.append('\n').toString());
    }
    return keys;
  }

  /** What all its stages depend on beside their options. */
  String origin() {
    return String.format(Locale.ROOT, "%s\n%d\n%s\n%s\n", pack.folder(), job.seed(), job.negativePrompt(),
        job.prompt());
  }

  /** A short name for everything that its result depends on. */
  String recipe() {
    return recipe(UnaryOperator.identity());
  }

  /** @param wording puts other words for the options, such as paths that say less */
  String recipe(UnaryOperator<String> wording) {
    List<String> keys = keys();
    return Recipe.of(pack, wording.apply(keys.get(keys.size() - 1)), job);
  }
}
