// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What can be told of a route file without starting it.
 *
 * @param file the file
 * @param routes the ids of its routes, with what each is called by: {@code direct:i4vgen}
 * @param models the models that its routes have for jobs that name none, by the routes' ids
 * @param uris every endpoint that it names
 * @param templates the ids of its route templates, which are called as Kamelets are
 * @param chains the routes that are nothing but steps of ours, one after the other
 * @param problem why it can't be read, {@code null} if it can
 */
record RouteFile(Path file, Map<String, String> routes, Map<String, String> models, Set<String> uris,
    Set<String> templates, Set<String> chains, String problem) {

  /** The variable that a route sets to the model of jobs that name none. */
  static final String MODEL = "model";

  private static final YAMLMapper YAML = new YAMLMapper();

  /** Where a template's own route begins and ends. */
  private static final Set<String> BUILT_IN = Set.of("source", "sink");

  static RouteFile read(Path file) {
    try {
      return of(file, YAML.readTree(file.toFile()));
    } catch (JsonProcessingException e) {
      YamlMistake mistake = YamlMistake.of(e);
      return unread(file, "%s:%d: %s".formatted(file, mistake.line(), mistake.text()));
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  private static RouteFile of(Path file, JsonNode root) {
    if (!root.isArray()) {
      return unread(file, file + ":1: must be a list: begin each route with '- route:'");
    }
    Map<String, String> routes = new LinkedHashMap<>();
    Map<String, String> models = new LinkedHashMap<>();
    Set<String> templates = new TreeSet<>(BUILT_IN);
    Set<String> chains = new TreeSet<>();
    for (JsonNode item : root) {
      Stream.of("routeTemplate", "route-template").map(key -> item.path(key).path("id").asText())
          .forEach(templates::add);
      JsonNode from = item.path("route").path("from");
      String uri = from.isTextual() ? from.asText() : from.path("uri").asText();
      if (item.path("route").path("id").isTextual()) {
        String id = item.path("route").path("id").asText();
        routes.put(id, uri);
        if (root.size() == 1 && isChain(item.path("route"))) {
          chains.add(id);
        }
        from.path("steps").forEach(step -> model(step.path("setVariable")).ifPresent(model -> models.put(id, model)));
      }
    }
    Set<String> uris = new TreeSet<>();
    collect(root, uris);
    return new RouteFile(file, routes, models, uris, templates, chains, null);
  }

  private static RouteFile unread(Path file, String problem) {
    return new RouteFile(file, Map.of(), Map.of(), Set.of(), Set.of(), Set.of(), problem);
  }

  private static boolean isChain(JsonNode route) {
    boolean plain = List.of("id", "description", "from").containsAll(names(route));
    return plain && stream(route.path("from").path("steps")).allMatch(RouteFile::isPlainStep);
  }

  /** A step of ours, a line in the log, or a variable that is not made of the message. */
  private static boolean isPlainStep(JsonNode step) {
    JsonNode to = step.path("to");
    String uri = to.isTextual() ? to.asText() : to.path("uri").asText();
    return step.size() == 1
        && (uri.startsWith("kamelet:i4vgen-") || step.has("log") || step.path("setVariable").has("constant"));
  }

  private static List<String> names(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static Stream<JsonNode> stream(JsonNode nodes) {
    return StreamSupport.stream(nodes.spliterator(), false);
  }

  private static Optional<String> model(JsonNode variable) {
    return Optional.of(variable.path("constant")).map(JsonNode::textValue)
        .filter(text -> variable.path("name").asText().equals(MODEL));
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
