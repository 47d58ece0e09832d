// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What the file of a step says of it.
 *
 * @param name of the step, as it stands in front of its options: {@code noise}, or the whole name if it is none of ours
 * @param description what it does
 * @param parameters what can be set, by name
 */
public record Kamelet(String name, String description, Map<String, Parameter> parameters) {

  static final String SCHEME = "kamelet:";
  private static final String ENDING = ".kamelet.yaml";

  /**
   * Something that can be set.
   *
   * @param values which there are: {@code integer from 1 to 4096}
   * @param description what it does
   */
  public record Parameter(String values, String description) {}

  /** The name that a uri calls a Kamelet by. */
  static String called(String uri) {
    return uri.substring(SCHEME.length()).split("[?/]")[0];
  }

  /**
   * Reads one.
   *
   * @param folder where they lie
   * @param name such as {@code i4vgen-noise-action}
   * @return nothing if there is none of that name
   * @throws UncheckedIOException if it can't be read, or is no YAML
   */
  static Optional<Kamelet> find(Path folder, String name) {
    Path file = folder.resolve(name + ENDING);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode definition = new YAMLMapper().readTree(file.toFile()).at("/spec/definition");
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      definition.path("properties").properties().forEach(entry ->
          parameters.put(entry.getKey(), new Parameter(values(entry.getValue()), text(entry.getValue()))));
      return Optional.of(new Kamelet(name.replaceAll("^i4vgen-(.+)-action$", "$1"), text(definition), parameters));
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String text(JsonNode node) {
    return node.path("description").asText().strip();
  }

  private static String values(JsonNode parameter) {
    String type = parameter.path("type").asText();
    if (parameter.has("enum")) {
      return StreamSupport.stream(parameter.path("enum").spliterator(), false).map(JsonNode::asText)
          .collect(Collectors.joining(", "));
    }
    return parameter.has("minimum") ? "%s from %s to %s".formatted(type, parameter.path("minimum").asText(),
        parameter.path("maximum").asText()) : type;
  }

  /** The names of all. */
  static List<String> names(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(step -> step.getFileName().toString()).filter(name -> name.endsWith(ENDING))
          .map(name -> name.substring(0, name.length() - ENDING.length())).sorted().toList();
    }
  }
}
