// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A JSON document and the file it comes from. */
record JsonFile(Path path, JsonNode root) {

  static final JsonNode NONE = MissingNode.getInstance();

  /** Python's {@code json} writes -Infinity, which diffusers has in the configuration of DPM-Solver++. */
  private static final ObjectMapper MAPPER = JsonMapper.builder()
      .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** @throws PackException if there is no such file, or it is not JSON: file, line and column */
  static JsonFile read(Path path) {
    try {
      return new JsonFile(path, MAPPER.readTree(text(path)));
    } catch (JsonProcessingException e) {
      throw new PackException(path + ":" + e.getLocation().getLineNr() + ": not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** @throws PackException if the file is missing or not UTF-8 */
  static String text(Path path) {
    try {
      return Files.readString(path);
    } catch (NoSuchFileException e) {
      throw new PackException(path + ": no such file", e);
    } catch (IOException e) {
      throw new PackException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
