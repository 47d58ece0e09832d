// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.tensor.Sha256;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Where a job's text is from.
 *
 * @param place names it in messages: {@code cat.yaml}
 * @param form how it is written
 * @param id the job's id, if the text says none: the same each time that the text is read
 */
public record Source(String place, Form form, String id) {

  /** How a job is written. */
  public enum Form { PLAIN, JSON, YAML }

  /** A message without a file: JSON if it begins with a brace, a prompt otherwise. */
  public static Source message(String place, String text, String key) {
    return new Source(place, text.stripLeading().startsWith("{") ? Form.JSON : Form.PLAIN, "job-" + digest(key));
  }

  /**
   * A file, whose ending says the form.
   *
   * @param version makes two files of one name two jobs: their size, time or content
   */
  public static Source file(String name, String version) {
    int dot = name.lastIndexOf('.');
    String base = name.substring(0, dot < 0 ? name.length() : dot).replaceAll("[^A-Za-z0-9._-]+", "-");
    String stem = base.replaceAll("^[._-]+", "");
    String id = stem.substring(0, Math.min(stem.length(), 80)) + "-" + digest(name + "\n" + version);
    return new Source(name, form(name.substring(dot + 1)), stem.isEmpty() ? "job" + id : id);
  }

  private static Form form(String ending) {
    return switch (ending.toLowerCase(Locale.ROOT)) {
      case "yaml", "yml" -> Form.YAML;
      case "json" -> Form.JSON;
      default -> Form.PLAIN;
    };
  }

  /** Twelve hexadecimal digits that differ for different texts. */
  static String digest(String text) {
    return HexFormat.of().formatHex(Sha256.of(text), 0, 6);
  }
}
