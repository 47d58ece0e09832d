// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.Collection;
import java.util.stream.Collectors;

/** What a message quotes of a file's own words, which may be longer than anybody reads, or than memory is. */
public final class Quoted {

  private static final int LONGEST = 200;
  private static final int MOST = 10;

  private Quoted() {}

  /** A value's text, or how it begins. */
  public static String of(Object value) {
    String text = String.valueOf(value);
    return text.length() <= LONGEST ? text
        : "%s... (%d letters)".formatted(text.substring(0, LONGEST), text.length());
  }

  /** The first of several values. */
  static String all(Collection<?> values) {
    String rest = values.size() <= MOST ? "" : " and %d more".formatted(values.size() - MOST);
    return values.stream().limit(MOST).map(Quoted::of).collect(Collectors.joining(", ", "[", "]")) + rest;
  }
}
