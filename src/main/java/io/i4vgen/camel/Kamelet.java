// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
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
    return uri.substring(SCHEME.length()).split("[?/]", 2)[0];
  }

  /**
   * Reads one.
   *
   * @param folder where they lie
   * @param name such as {@code i4vgen-noise-action}
   * @return nothing if there is none of that name
   * @throws BadJob if it is no YAML, with the place
   * @throws UncheckedIOException if it can't be read
   */
  static Optional<Kamelet> find(Path folder, String name) {
    Optional<Path> found = file(folder, name).filter(Files::exists);
    return found.map(file -> read(file, name));
  }

  private static Optional<Path> file(Path folder, String name) {
    try {
      return Optional.of(folder.resolve(name + ENDING));
    } catch (InvalidPathException e) { // no file can have this name
      return Optional.empty();
    }
  }

  private static Kamelet read(Path file, String name) {
    try {
      JsonNode definition = new YAMLMapper().readTree(file.toFile()).at("/spec/definition");
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      definition.path("properties").properties().forEach(entry ->
          parameters.put(entry.getKey(), new Parameter(values(entry.getValue()), text(entry.getValue()))));
      return new Kamelet(name.replaceAll("^i4vgen-(.+)-action$", "$1"), text(definition), parameters);
    } catch (JsonProcessingException e) {
      YamlMistake mistake = YamlMistake.of(e);
      throw new BadJob("%s:%d: %s".formatted(file, mistake.line(), mistake.text()), e);
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  /** What a description says, in one line. */
  static String text(JsonNode node) {
    String text = node.path("description").textValue();
    return text == null ? "" : Causes.oneLine(text);
  }

  private static String values(JsonNode parameter) {
    String type = parameter.path("type").asText();
    if (parameter.has("enum")) {
      return StreamSupport.stream(parameter.path("enum").spliterator(), false).map(JsonNode::asText)
          .collect(Collectors.joining(", "));
    }
    return type + limit(parameter, "minimum", " from ") + limit(parameter, "maximum", " to ");
  }

  private static String limit(JsonNode parameter, String name, String word) {
    return parameter.has(name) ? word + parameter.path(name).asText() : "";
  }

  /** The names of all. */
  static List<String> names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(step -> step.getFileName().toString()).filter(name -> name.endsWith(ENDING))
          .map(name -> name.substring(0, name.length() - ENDING.length())).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list " + folder + ": " + e.getMessage(), e);
    }
  }
}
