// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is wrong with a file that is no YAML, in words for people who write routes and jobs: on which line,
 * and what to do.
 *
 * @param line from 1
 * @param text what to do there
 */
record YamlMistake(int line, String text) {

  /** Where the reader of YAML was: of two places the first is where something began, the last where it went wrong. */
  private static final Pattern MARK = Pattern.compile("in '[^']*', line (\\d+), column");
  private static final Pattern CHARACTER = Pattern.compile("found character '(.)' that cannot start any token.*",
      Pattern.DOTALL);

  private static final List<Rule> RULES = List.of(
      new Rule("found character '\\t", false, "a tab can't indent: use spaces"),
      new Rule("while scanning a quoted scalar", true, "a quotation mark that is opened here is closed nowhere"),
      new Rule("while parsing a flow mapping", true, "a '{' that is opened here is not closed, or a ',' is missing"),
      new Rule("while parsing a flow sequence", true, "a '[' that is opened here is not closed, or a ',' is missing"),
      new Rule("could not find expected ':'", true, "a key without a ':' behind it"),
      new Rule("expected <block end>", false,
          "is indented otherwise than what it belongs to: give all keys, or all '-', of one level the same spaces"),
      new Rule("mapping values are not allowed here", false, "a ':' can't stand here: put one behind the key of the "
          + "line before, indent the keys of one level alike, or put a value that has ': ' in it in quotes"));

  /** @param atStart whether the place where it began is the one to mend */
  private record Rule(String sign, boolean atStart, String text) {}

  static YamlMistake of(JsonProcessingException failure) {
    String message = failure.getOriginalMessage();
    Optional<Rule> rule = RULES.stream().filter(one -> message.contains(one.sign())).findFirst();
    List<Integer> lines = MARK.matcher(message).results().map(mark -> Integer.valueOf(mark.group(1))).toList();
    int place = rule.filter(Rule::atStart).isPresent() ? 0 : lines.size() - 1;
    int told = failure.getLocation() == null ? 1 : failure.getLocation().getLineNr();
    return new YamlMistake(lines.isEmpty() ? told : lines.get(place), rule.map(Rule::text).orElseGet(() ->
        other(message)));
  }

  private static String other(String message) {
    if (message.contains("Invalid UTF-8")) {
      return "is not UTF-8: save the file in this encoding";
    }
    return message.lines().map(CHARACTER::matcher).filter(Matcher::matches).findFirst()
        .map(found -> "a value can't begin with '%s': put it in quotes".formatted(found.group(1)))
        .orElseGet(() -> "is no YAML: " + message.lines().findFirst().orElse("can't be read"));
  }
}
