// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.i4vgen.generation.BadJob;
import io.i4vgen.tensor.Nearest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Finds Kamelets in a route that there are not, and parameters that its Kamelets do not have: Camel would ignore those
 * without a word.
 */
final class KameletCalls {

  private final Path kamelets;
  private final Path file;
  private final Set<String> templates;

  private KameletCalls(Path kamelets, RouteFile file) {
    this.kamelets = kamelets;
    this.file = file.file();
    this.templates = file.templates();
  }

  /** @throws BadJob naming file, line and parameter, with the nearest one that there is */
  static void check(RouteFile file, Path kamelets) {
    KameletCalls calls = new KameletCalls(kamelets, file);
    try (JsonParser parser = new YAMLFactory().createParser(file.file().toFile())) {
      parser.nextToken();
      calls.walk(parser);
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file.file() + ": " + e.getMessage(), e);
    }
  }

  /** A parameter of a call. */
  private record Parameter(String name, int line) {}

  private void walk(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        walk(parser);
      }
    } else if (parser.currentToken() == JsonToken.START_OBJECT) {
      object(parser);
    }
  }

  private void object(JsonParser parser) throws IOException {
    String uri = "";
    int line = 0;
    List<Parameter> parameters = new ArrayList<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("uri") && value == JsonToken.VALUE_STRING) {
        uri = parser.getText();
        line = parser.currentTokenLocation().getLineNr();
        inUri(uri, parser.currentTokenLocation(), parameters);
      } else if (name.equals("parameters") && value == JsonToken.START_OBJECT) {
        parameters.addAll(parameters(parser));
      } else {
        walk(parser);
      }
    }
    if (uri.startsWith(Kamelet.SCHEME)) {
      check(Kamelet.called(uri), line, parameters);
    }
  }

  private static List<Parameter> parameters(JsonParser parser) throws IOException {
    List<Parameter> parameters = new ArrayList<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      parameters.add(new Parameter(parser.currentName(), parser.currentTokenLocation().getLineNr()));
      parser.nextToken();
      parser.skipChildren();
    }
    return parameters;
  }

  private static void inUri(String uri, JsonLocation place, List<Parameter> parameters) {
    int query = uri.indexOf('?');
    if (query >= 0) {
      for (String part : uri.substring(query + 1).split("&")) {
        parameters.add(new Parameter(part.split("=")[0], place.getLineNr()));
      }
    }
  }

  private void check(String kamelet, int line, List<Parameter> parameters) {
    if (kamelet.contains("{{") || templates.contains(kamelet)) {
      return;
    }
    Kamelet called = Kamelet.find(kamelets, kamelet).orElse(null);
    if (called == null) {
      throw new BadJob("%s:%d: there is no step '%s'%s; steps are files in %s".formatted(file.getFileName(), line,
          kamelet, Nearest.hint(kamelet, Kamelet.names(kamelets)), kamelets));
    }
    Set<String> known = called.parameters().keySet();
    for (Parameter parameter : parameters) {
      if (!known.contains(parameter.name())) {
        throw new BadJob("%s:%d: %s has no parameter '%s'%s".formatted(file.getFileName(), parameter.line(), kamelet,
            parameter.name(), known.isEmpty() ? ": it takes none" : hint(parameter.name(), known)));
      }
    }
  }

  private static String hint(String wrong, Collection<String> known) {
    String hint = Nearest.hint(wrong, known);
    return hint.isEmpty() ? ": it takes " + String.join(", ", known) : hint;
  }
}
