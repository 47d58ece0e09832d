// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One reference case: a folder with a {@code case.json}.
 *
 * @param folder the case's folder
 * @param json the content of its {@code case.json}; must name a {@code kind}
 */
public record Case(Path folder, JsonNode json) {

  static final String FILE = "case.json";

  public Case {
    if (json.path("kind").asText().isBlank()) {
      throw new IllegalArgumentException(folder.resolve(FILE) + ": \"kind\" is missing; it says which check to run");
    }
  }

  /** Reads {@code folder/case.json}. */
  public static Case open(Path folder) {
    try {
      return new Case(folder, new ObjectMapper().readTree(folder.resolve(FILE).toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(folder.resolve(FILE) + ": " + e.getMessage(), e);
    }
  }

  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  public String kind() {
    return json.get("kind").asText();
  }

  /** All tensors of {@code io.safetensors}, as stored (layout and data type), owned by {@code manager}. */
  public Tensors io(NDManager manager) {
    return tensors("io.safetensors", manager);
  }

  /** All tensors of the safetensors file {@code name} of this folder, as stored, owned by {@code manager}. */
  public Tensors tensors(String name, NDManager manager) {
    return Tensors.read(file(name), manager);
  }

  /** The weights this case is run with: the file that {@code case.json} names in "weights", or the folder's own. */
  public Path weights() {
    return file(json.path("weights").asText("weights.safetensors"));
  }

  /** A file of this case, by its path relative to the folder; fails when it does not exist. */
  public Path file(String name) {
    Path file = folder.resolve(name).normalize();
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + ": no such file (needed by " + folder.resolve(FILE) + ")");
    }
    return file;
  }

  /** The value at {@code path} of {@code case.json}, for example {@code at("parameters", "frames")}. */
  public JsonNode at(String... path) {
    JsonNode node = json;
    for (String key : path) {
      node = node.path(key);
    }
    if (node.isMissingNode()) {
      throw new IllegalArgumentException(folder.resolve(FILE) + ": " + String.join(".", List.of(path)) + " is missing");
    }
    return node;
  }
}
