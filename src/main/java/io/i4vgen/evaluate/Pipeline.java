// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackException;
import io.i4vgen.stage.Stage;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One of the pipelines that are compared.
 *
 * @param name as tables call it: letters, digits, {@code . _ : @ -}
 * @param stages what it does, up to the decoded frames
 * @param model the pack that it runs on, by name or folder
 * @param parameters options of its stages, {@code preset} among them; in values <code>{prompt}</code> stands for the
 *     prompt's number, 000 the first, and <code>{id}</code> for the trial's name
 */
public record Pipeline(String name, List<Stage> stages, String model, Map<String, String> parameters) {

  private static final String PRESET = "preset";
  private static final String WRITER = "encode-mp4";

  /** The stage that writes a file is left out: frames are judged as they are decoded. */
  public Pipeline {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}")) {
      throw new IllegalArgumentException("pipeline '%s': must be 1 to 64 letters, digits, '.', '_', ':', '@' or '-'"
          .formatted(name));
    }
    stages = stages.stream().filter(stage -> !stage.name().equals(WRITER)).toList();
    parameters = Map.copyOf(parameters);
  }

  /** The id of its route, if it is called {@code ROUTE[:PRESET][@MODEL]}. */
  String route() {
    return name.split("[:@]")[0];
  }

  /** The options that a stage of this pipeline has. */
  public Set<String> options() {
    Set<String> names = new TreeSet<>(Set.of(PRESET));
    stages.forEach(stage -> stage.settings().forEach(setting -> names.addAll(setting.names())));
    return names;
  }

  /** The same pipeline with all of {@code options}, also those that it has not, which a check then refuses. */
  public Pipeline withAll(Map<String, String> options) {
    Map<String, String> all = new TreeMap<>(parameters);
    all.putAll(options);
    return new Pipeline(name, stages, model, all);
  }

  /** The same pipeline with those of {@code options} that it has. */
  public Pipeline with(Map<String, String> options) {
    Map<String, String> all = new TreeMap<>(parameters);
    options.forEach((option, value) -> {
      if (options().contains(option)) {
        all.put(option, value);
      }
    });
    return new Pipeline(name, stages, model, all);
  }

  /**
   * Its pack.
   *
   * @throws BadJob if there is none, or it has not the preset that is wanted
   */
  PackDescription pack(Models models) {
    try {
      PackDescription pack = models.describe(model);
      pack.preset(parameters.get(PRESET));
      return pack;
    } catch (PackException e) {
      throw new BadJob("pipeline '%s': %s".formatted(name, e.getMessage()), e);
    }
  }

  /** What it does for a trial. */
  Task task(Trial trial, PackDescription pack) {
    Map<String, String> all = new TreeMap<>(parameters);
    all.replaceAll((option, value) -> value.replace("{prompt}", String.format(Locale.ROOT, "%03d", trial.prompt()))
        .replace("{id}", trial.id()));
    return new Task(stages, new Job(trial.id(), trial.spec().prompt(), null, trial.seed(), pack.folder().toString(),
        all), pack);
  }
}
