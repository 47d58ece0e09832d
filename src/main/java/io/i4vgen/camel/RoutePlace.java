// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the line of a route file that Camel could not start: Camel says which step it was, but not where it stands. */
final class RoutePlace {

  private static final Pattern TEMPLATE = Pattern.compile("creating route from template: (\\S+)");
  private static final Pattern OPTION = Pattern.compile("parameter '(\\w+)' of \\S+ is '(.*?)':", Pattern.DOTALL);
  /** How many lines after a step's name its parameters may stand. */
  private static final int REACH = 8;
  private static final Pattern STEP = Pattern.compile(">>> \\w+\\[(?:ref:)?(.+?)] <<<", Pattern.DOTALL);

  private RoutePlace() {}

  /** {@code "i4vgen.camel.yaml:14: "}, or nothing if the step stands nowhere or the message says it already. */
  static String of(Throwable failure, Collection<RouteFile> files) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      String needle = needle(String.valueOf(one.getMessage()));
      List<String> places = needle == null ? List.of() : find(needle, option(failure), files);
      if (!places.isEmpty()) {
        return String.join(" or ", places) + ": ";
      }
    }
    return "";
  }

  private static String needle(String message) {
    Matcher template = TEMPLATE.matcher(message);
    if (template.find()) {
      return "kamelet:" + template.group(1);
    }
    Matcher step = STEP.matcher(message);
    return step.find() ? step.group(1).split("\\?")[0].strip() : null;
  }

  /** What the option that is to blame is called, and what was said; anything if no option is. */
  private static List<String> option(Throwable failure) {
    Matcher option = OPTION.matcher(Causes.message(failure));
    return option.find() ? List.of(option.group(1), option.group(2)) : List.of();
  }

  /** The places of a step; of several those that have the option, if any has. */
  private static List<String> find(String needle, List<String> option, Collection<RouteFile> files) {
    Pattern whole = Pattern.compile("(?<![\\w-])" + Pattern.quote(needle) + "(?![\\w-])");
    Map<String, String> steps = new LinkedHashMap<>();
    for (RouteFile file : files) {
      List<String> lines = lines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).stripLeading().startsWith("#") && whole.matcher(lines.get(i)).find()) {
          steps.put(file.file().getFileName() + ":" + (i + 1), step(lines.subList(i, lines.size())));
        }
      }
    }
    List<String> blamed = steps.keySet().stream()
        .filter(place -> option.stream().allMatch(steps.get(place)::contains)).toList();
    return blamed.isEmpty() ? List.copyOf(steps.keySet()) : blamed;
  }

  /** The first step of these lines. */
  private static String step(List<String> lines) {
    return String.join("\n", lines.subList(0, Math.min(lines.size(), REACH))).split("\n\\s*- ", 2)[0];
  }

  private static List<String> lines(RouteFile file) {
    try {
      return Files.readAllLines(file.file());
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file.file(), e);
    }
  }
}
