// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.diffusion.SchedulerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/** Reads a diffusers {@code scheduler_config.json}. */
final class Schedulers {

  private Schedulers() {}

  /** @throws PackException naming the file, for what {@link SchedulerConfig} refuses */
  static SchedulerConfig read(Path file) {
    return of(file, SchedulerConfig::of);
  }

  private static JsonNode object(Path file) {
    JsonNode root = JsonFile.read(file).root();
    if (!root.isObject()) {
      throw new PackException(file + ": must be a JSON object");
    }
    return root;
  }

  private static SchedulerConfig of(Path file, Function<Map<String, Object>, SchedulerConfig> reader) {
    try {
      return reader.apply(values(object(file)));
    } catch (IllegalArgumentException e) {
      throw new PackException(file + ": " + e.getMessage(), e);
    }
  }

  /** Reads that of a folder that diffusers saved, in whichever version, for whichever sampler. */
  static SchedulerConfig readPublished(Path file) {
    return of(file, SchedulerConfig::ofPublished);
  }

  @SuppressWarnings("unchecked") // a JSON object is a map from texts
  private static Map<String, Object> values(JsonNode object) {
    return new ObjectMapper().convertValue(object, Map.class);
  }
}
