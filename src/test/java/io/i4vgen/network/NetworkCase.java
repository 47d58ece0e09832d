// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The small network of a reference case. */
record NetworkCase(String name) {

  private static final Path CASES = Path.of("src/test/resources/reference");

  /** A copy that may be changed. */
  ObjectNode config() {
    try {
      return (ObjectNode) new ObjectMapper().readTree(folder().resolve("case.json").toFile()).get("config");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  StateDict weights() {
    return weights("weights");
  }

  StateDict weights(String file) {
    return StateDict.open(folder().resolve(file + ".safetensors"));
  }

  private Path folder() {
    return CASES.resolve(name);
  }
}
