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
    JsonNode root = JsonFile.read(file).root();
    if (!root.isObject()) {
      throw new PackException(file + ": must be a JSON object");
    }
    try {
      return SchedulerConfig.of(values(root));
    } catch (IllegalArgumentException e) {
      throw new PackException(file + ": " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("unchecked") // a JSON object is a map from texts
  private static Map<String, Object> values(JsonNode object) {
    return new ObjectMapper().convertValue(object, Map.class);
  }
}
