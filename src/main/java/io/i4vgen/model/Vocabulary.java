// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The words that a pack was trained on. A small one knows no others, and makes of a prompt with them whatever it likes.
 *
 * @param topics words and phrases, by topic; empty if any will do
 */
public record Vocabulary(Map<String, List<String>> topics) {

  /** That of a pack which has read the language. */
  public static final Vocabulary ANY = new Vocabulary(Map.of());

  /** Letters and digits of any script, with an apostrophe within; a picture is a word, too. */
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}\\p{So}]+(['\u2019][\\p{L}\\p{M}\\p{N}]+)*");

  public Vocabulary {
    topics = Collections.unmodifiableMap(new LinkedHashMap<>(topics));
  }

  /** Every word, in lower case. */
  public Set<String> words() {
    return topics.values().stream().flatMap(List::stream).flatMap(Vocabulary::split)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The words of {@code text} that are not among these, in lower case, each once; none if any word will do. */
  public List<String> unknown(String text) {
    Set<String> known = words();
    return known.isEmpty() ? List.of() : split(text).filter(word -> !known.contains(word)).distinct().toList();
  }

  private static Stream<String> split(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT)).results().map(MatchResult::group);
  }
}
