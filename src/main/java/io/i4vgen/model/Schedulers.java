// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.diffusion.SchedulerConfig;
import java.nio.file.Path;
import java.util.Map;

/** Reads a diffusers {@code scheduler_config.json}. */
final class Schedulers {

  private Schedulers() {}

  /** @throws PackException naming the file, for what {@link SchedulerConfig} refuses */
  static SchedulerConfig read(Path file) {
    return of(file, values(object(file)));
  }

  private static JsonNode object(Path file) {
    JsonNode root = JsonFile.read(file).root();
    if (!root.isObject()) {
      throw new PackException(file + ": must be a JSON object");
    }
    return root;
  }

  private static SchedulerConfig of(Path file, Map<String, Object> values) {
    try {
      return SchedulerConfig.of(values);
    } catch (IllegalArgumentException e) {
      throw new PackException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the noise schedule of any sampler's configuration: a model can be sampled by another one than it was saved
   * with, so what only that one knows is left out. Samplers that never clip do not say so.
   */
  static SchedulerConfig readAny(Path file) {
    Map<String, Object> values = values(object(file));
    values.keySet().retainAll(SchedulerConfig.keys());
    if (!String.valueOf(values.get("_class_name")).matches("(DDIM|DDPM).*")) {
      values.putIfAbsent("clip_sample", false);
    }
    return of(file, values);
  }

  @SuppressWarnings("unchecked") // a JSON object is a map from texts
  private static Map<String, Object> values(JsonNode object) {
    return new ObjectMapper().convertValue(object, Map.class);
  }
}
