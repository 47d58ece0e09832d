// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A mapping of a YAML file, read key by key. What is missing, of the wrong type or out of range is an error that names
 * file, line and key; so is, at {@link #done}, a key that nobody asked for.
 */
final class Section {

  private final Path file;
  private final String prefix;
  private final Yaml.Mapping mapping;
  private final Set<String> known = new LinkedHashSet<>();

  private Section(Path file, String prefix, Yaml.Mapping mapping) {
    this.file = file;
    this.prefix = prefix;
    this.mapping = mapping;
  }

  static Section read(Path file) {
    return new Section(file, "", Yaml.read(file));
  }

  boolean has(String key) {
    known.add(key);
    return mapping.entries().containsKey(key) && !isNull(mapping.entries().get(key).value());
  }

  private static boolean isNull(Yaml value) {
    return value instanceof Yaml.Scalar scalar && scalar.text() == null;
  }

  Set<String> keys() {
    return mapping.entries().keySet();
  }

  String text(String key) {
    if (entry(key).value() instanceof Yaml.Scalar scalar && scalar.text() != null) {
      return scalar.text();
    }
    throw problem(key, "must be a text");
  }

  String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  /** One of the listed words. */
  String word(String key, List<String> allowed) {
    String text = text(key);
    if (!allowed.contains(text)) {
      throw problem(key, "must be " + String.join(" or ", allowed) + ", is \"" + text + "\"");
    }
    return text;
  }

  int whole(String key, int least, int most) {
    return (int) whole(key, (long) least, most);
  }

  long whole(String key, long least, long most) {
    String text = text(key);
    if (text.matches("-?\\d{1,18}")) {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw problem(key, "must be a whole number from " + least + " to " + most + ", is " + text);
  }

  Section section(String key) {
    if (entry(key).value() instanceof Yaml.Mapping inner) {
      return new Section(file, prefix + key + ".", inner);
    }
    throw problem(key, "must be a mapping, \"key: value\" on each line");
  }

  boolean isSection(String key) {
    return has(key) && mapping.entries().get(key).value() instanceof Yaml.Mapping;
  }

  List<String> texts(String key) {
    if (entry(key).value() instanceof Yaml.Sequence sequence) {
      List<String> texts = new ArrayList<>();
      for (Yaml value : sequence.values()) {
        texts.add(scalar(key, value));
      }
      return texts;
    }
    throw problem(key, "must be a list");
  }

  private String scalar(String key, Yaml value) {
    if (value instanceof Yaml.Scalar scalar && scalar.text() != null) {
      return scalar.text();
    }
    throw problem(key, "must be a list of texts");
  }

  /** Every key of this section and its text; a list of numbers becomes one text with commas. */
  Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    for (String key : keys()) {
      boolean list = entry(key).value() instanceof Yaml.Sequence;
      values.put(key, list ? String.join(",", texts(key)) : text(key));
    }
    return values;
  }

  /** Every key of this section and its value as JSON would type it: number, boolean, text or list of those. */
  Map<String, Object> typedValues() {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String key : keys()) {
      if (has(key)) {
        boolean list = entry(key).value() instanceof Yaml.Sequence;
        values.put(key, list ? texts(key).stream().map(Section::typed).toList() : typed(text(key)));
      }
    }
    return values;
  }

  private static Object typed(String text) {
    if (text.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?")) {
      return Double.valueOf(text);
    }
    return text.equals("true") || text.equals("false") ? (Object) Boolean.valueOf(text) : text;
  }

  private Yaml.Entry entry(String key) {
    if (!has(key)) {
      throw new PackException(file + ":" + mapping.line() + ": " + prefix + key + " is missing");
    }
    return mapping.entries().get(key);
  }

  /** What is wrong with the value of {@code key}. */
  PackException problem(String key, String what) {
    return new PackException(file + ":" + mapping.entries().get(key).line() + ": " + prefix + key + " " + what);
  }

  /** Refuses what has not been asked for. */
  void done() {
    for (String key : keys()) {
      if (!known.contains(key)) {
        throw problem(key, "is not a key here; the keys are " + String.join(", ", known));
      }
    }
  }
}
