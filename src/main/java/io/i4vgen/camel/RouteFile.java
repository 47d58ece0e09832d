// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What can be told of a route file without starting it.
 *
 * @param file the file
 * @param routes the ids of its routes, with what each is called by: {@code direct:i4vgen}
 * @param uris every endpoint that it names
 * @param problem why it can't be read, {@code null} if it can
 */
record RouteFile(Path file, Map<String, String> routes, Set<String> uris, String problem) {

  private static final YAMLMapper YAML = new YAMLMapper();

  static RouteFile read(Path file) {
    try {
      return of(file, YAML.readTree(file.toFile()));
    } catch (JsonProcessingException e) {
      return new RouteFile(file, Map.of(), Set.of(), "%s:%d: %s".formatted(file,
          e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
          e.getOriginalMessage().lines().findFirst().orElse("can't be read")));
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  private static RouteFile of(Path file, JsonNode root) {
    if (!root.isArray()) {
      return new RouteFile(file, Map.of(), Set.of(), file + ": must be a list: begin each route with '- route:'");
    }
    Map<String, String> routes = new LinkedHashMap<>();
    for (JsonNode item : root) {
      JsonNode from = item.path("route").path("from");
      String uri = from.isTextual() ? from.asText() : from.path("uri").asText();
      if (item.path("route").path("id").isTextual()) {
        routes.put(item.path("route").path("id").asText(), uri);
      }
    }
    Set<String> uris = new TreeSet<>();
    collect(root, uris);
    return new RouteFile(file, routes, uris, null);
  }

  private static void collect(JsonNode node, Set<String> uris) {
    if (node.isTextual() && node.asText().matches("[a-z0-9+.-]+:\\S.*")) {
      uris.add(node.asText());
    }
    node.forEach(child -> collect(child, uris));
  }

  /** Whether one of its routes takes what is sent to {@code uri}. */
  boolean serves(String uri) {
    return routes.containsValue(uri);
  }
}
