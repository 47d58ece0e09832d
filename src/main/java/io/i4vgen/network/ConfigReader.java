// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Reads the fields of a published {@code config.json}; every error names the network, the field and what was found. */
record ConfigReader(String network, JsonNode json) {

  ConfigReader {
    if (!json.isObject()) {
      throw new IllegalArgumentException(
          "%s config: expected a JSON object, found %s".formatted(network, json.getNodeType()));
    }
  }

  boolean has(String field) {
    return json.hasNonNull(field);
  }

  int positive(String field) {
    return positive(field, required(field));
  }

  int positive(String field, int fallback) {
    return has(field) ? positive(field) : fallback;
  }

  double number(String field, double fallback) {
    return has(field) ? as(field, json.get(field), JsonNode::isNumber, "a number", JsonNode::doubleValue) : fallback;
  }

  boolean flag(String field, boolean fallback) {
    return has(field)
        ? as(field, json.get(field), JsonNode::isBoolean, "true or false", JsonNode::booleanValue)
        : fallback;
  }

  String text(String field, String fallback) {
    return has(field) ? text(field, json.get(field)) : fallback;
  }

  List<String> texts(String field) {
    return list(field, element -> text(field, element));
  }

  List<Integer> positives(String field) {
    return list(field, element -> positive(field, element));
  }

  /** One number for each of {@code count} blocks, which the file may give as a single number for all. */
  List<Integer> perBlock(String field, int count, int fallback) {
    if (!has(field)) {
      return Collections.nCopies(count, fallback);
    } else if (!json.get(field).isArray()) {
      return Collections.nCopies(count, positive(field));
    }
    List<Integer> values = positives(field);
    if (values.size() != count) {
      throw bad(field, json.get(field), "%d numbers, one a block".formatted(count));
    }
    return values;
  }

  /** Refuses a field whose value asks for something that the program cannot do. */
  void only(String field, Object... supported) {
    boolean known = !has(field) || List.of(supported).contains(value(json.get(field)));
    if (!known) {
      throw bad(field, json.get(field), "one of %s (others are not supported)".formatted(List.of(supported)));
    }
  }

  /** Refuses fields that switch on something that the program cannot do. */
  void absent(String... fields) {
    for (String field : fields) {
      if (has(field) && !json.get(field).equals(BooleanNode.FALSE)) {
        throw bad(field, json.get(field), "null or false (others are not supported)");
      }
    }
  }

  private JsonNode required(String field) {
    if (!has(field)) {
      throw new IllegalArgumentException("%s config: %s is missing".formatted(network, field));
    }
    return json.get(field);
  }

  private <T> List<T> list(String field, Function<JsonNode, T> read) {
    JsonNode array = required(field);
    if (!array.isArray() || array.isEmpty()) {
      throw bad(field, array, "a list");
    }
    List<T> values = new ArrayList<>();
    array.forEach(element -> values.add(read.apply(element)));
    return List.copyOf(values);
  }

  private int positive(String field, JsonNode node) {
    return as(field, node, n -> n.canConvertToInt() && n.isIntegralNumber() && n.intValue() > 0,
        "a whole number from 1", JsonNode::intValue);
  }

  private String text(String field, JsonNode node) {
    return as(field, node, JsonNode::isTextual, "a text", JsonNode::textValue);
  }

  private <T> T as(String field, JsonNode node, Predicate<JsonNode> fits, String kind, Function<JsonNode, T> read) {
    if (!fits.test(node)) {
      throw bad(field, node, kind);
    }
    return read.apply(node);
  }

  private static Object value(JsonNode node) {
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    return node.isNumber() ? (Object) node.doubleValue() : node.asText();
  }

  private IllegalArgumentException bad(String field, JsonNode found, String expected) {
    return new IllegalArgumentException(
        "%s config: %s is %s, expected %s".formatted(network, field, found, expected));
  }
}
