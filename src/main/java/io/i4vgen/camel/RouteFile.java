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
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What can be told of a route file without starting it.
 *
 * @param file the file
 * @param heads how each of its routes begins, also those of one id
 * @param routes the ids of its routes, with what each is called by: {@code direct:i4vgen}
 * @param models the models that its routes have for jobs that name none, by the routes' ids
 * @param uris every endpoint that it names
 * @param templates the ids of its route templates, which are called as Kamelets are
 * @param chains the routes that are nothing but steps of ours, one after the other, with the lines of these
 * @param problem why it can't be read, {@code null} if it can
 */
record RouteFile(Path file, List<RouteHead> heads, Map<String, String> routes, Map<String, String> models,
    Set<String> uris, Set<String> templates, Map<String, List<Integer>> chains, String problem) {

  /** The variable that a route sets to the model of jobs that name none. */
  static final String MODEL = "model";

  private static final YAMLMapper YAML = new YAMLMapper();

  /** Where a template's own route begins and ends. */
  private static final Set<String> BUILT_IN = Set.of("source", "sink");

  static RouteFile read(Path file) {
    try {
      return of(file, YAML.readTree(file.toFile()), RouteLines.of(file));
    } catch (JsonProcessingException e) {
      YamlMistake mistake = YamlMistake.of(e);
      return unread(file, "%s:%d: %s".formatted(file, mistake.line(), mistake.text()));
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  private static RouteFile of(Path file, JsonNode root, RouteLines lines) {
    if (!root.isArray()) {
      return unread(file, file + ":1: must be a list: begin each route with '- route:'");
    }
    List<RouteHead> heads = new ArrayList<>();
    Map<String, String> routes = new LinkedHashMap<>();
    Map<String, String> models = new LinkedHashMap<>();
    Set<String> templates = new TreeSet<>(BUILT_IN);
    Map<String, List<Integer>> chains = new TreeMap<>();
    for (int i = 0; i < root.size(); i++) {
      JsonNode item = root.get(i);
      Stream.of("routeTemplate", "route-template").map(key -> item.path(key).path("id").asText())
          .forEach(templates::add);
      JsonNode from = item.path("route").path("from");
      RouteHead head = head(item.path("route"), "/%d/route".formatted(i), lines);
      heads.add(head);
      if (!head.id().isEmpty()) {
        routes.put(head.id(), head.uri());
        if (root.size() == 1 && isChain(item.path("route"))) {
          chains.put(head.id(), steps(from.path("steps"), "/%d/route/from/steps".formatted(i), lines));
        }
        from.path("steps").forEach(step -> model(step.path("setVariable"))
            .ifPresent(model -> models.put(head.id(), model)));
      }
    }
    Set<String> uris = uris(root).collect(Collectors.toCollection(TreeSet::new));
    return new RouteFile(file, heads, routes, models, uris, templates, chains, null);
  }

  private static RouteFile unread(Path file, String problem) {
    return new RouteFile(file, List.of(), Map.of(), Map.of(), Set.of(), Set.of(), Map.of(), problem);
  }

  private static RouteHead head(JsonNode route, String pointer, RouteLines lines) {
    JsonNode id = route.path("id");
    List<String> kamelets = uris(route).filter(uri -> uri.startsWith(Kamelet.SCHEME)).map(Kamelet::called).toList();
    return new RouteHead(id.isTextual() ? id.asText() : "", lines.line(pointer + "/id"), uri(route.path("from")),
        lines.line(pointer + "/from/uri"), Kamelet.text(route), kamelets);
  }

  /** Of a step or a beginning, which may be nothing but that. */
  private static String uri(JsonNode node) {
    return node.isTextual() ? node.asText() : node.path("uri").asText();
  }

  /** The lines of the Kamelets among some steps. */
  private static List<Integer> steps(JsonNode steps, String pointer, RouteLines lines) {
    return IntStream.range(0, steps.size()).filter(i -> steps.get(i).has("to"))
        .mapToObj(i -> lines.line("%s/%d/to/uri".formatted(pointer, i))).toList();
  }

  private static boolean isChain(JsonNode route) {
    boolean plain = List.of("id", "description", "from").containsAll(names(route));
    return plain && stream(route.path("from").path("steps")).allMatch(RouteFile::isPlainStep);
  }

  /** A step of ours, a line in the log, or a variable that is not made of the message. */
  private static boolean isPlainStep(JsonNode step) {
    return step.size() == 1 && (uri(step.path("to")).startsWith("kamelet:i4vgen-") || step.has("log")
        || step.path("setVariable").has("constant"));
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

  /** Every endpoint that is named below {@code node}, in the order of the file. */
  private static Stream<String> uris(JsonNode node) {
    return node.isTextual() ? Stream.of(node.asText()).filter(text -> text.matches("[a-z0-9+.-]+:\\S.*"))
        : stream(node).flatMap(RouteFile::uris);
  }

  /** Whether one of its routes takes what is sent to {@code uri}. */
  boolean serves(String uri) {
    return routes.containsValue(uri);
  }
}
