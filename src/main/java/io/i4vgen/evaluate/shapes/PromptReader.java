// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads prompts of the shapes world: the canonical wording, and the others that its grammar has. Sizes may be said, but
 * nobody judges them.
 */
public final class PromptReader {

  private static final Pattern SIZES = Pattern.compile("\\b(small|tiny|little|medium sized|medium|large|big|huge) ");
  private static final Pattern FILLERS = Pattern.compile("\\b(a (video|picture) of|an image of|both|is|are)\\b|,");

  private final Map<String, Paint> paints = words(Paint.values(), Paint::words);
  private final Map<String, Figure> figures = words(Figure.values(), Figure::words);
  private final Map<String, Relation> relations = words(Relation.values(), Relation::words);
  private final Map<String, Scene> scenes = words(Scene.values(), Scene::words);
  private final Map<String, Motion> motions = words(Motion.values(), Motion::words);
  private final Pattern thing =
      Pattern.compile("\\ban? (%s) (%s)\\b".formatted(anyOf(paints), anyOf(figures)));

  /**
   * What {@code prompt} asks for.
   *
   * @throws IllegalArgumentException if it leaves out something that is judged, or says more than this world knows
   */
  public Spec read(String prompt) {
    String text = tidy(SIZES.matcher(FILLERS.matcher(prompt.toLowerCase(Locale.ROOT)).replaceAll(" ")).replaceAll(""));
    List<MatchResult> found = thing.matcher(text).results().toList();
    if (found.isEmpty() || found.size() > 2) {
      throw new IllegalArgumentException("prompt '%s' names %d coloured shapes; must be 1 or 2, such as 'a red star'"
          .formatted(prompt, found.size()));
    }
    List<Thing> things = found.stream().map(m -> new Thing(paints.get(m.group(1)), figures.get(m.group(2)))).toList();
    int end = found.get(found.size() - 1).end();
    Optional<Relation> relation = found.size() == 1 ? Optional.empty() : Optional.of(only(relations,
        new Rest(text.substring(found.get(0).end(), found.get(1).start())), prompt, "relation"));
    Rest rest = new Rest(text.substring(0, found.get(0).start()) + " " + text.substring(end));
    Scene scene = take(scenes, rest, prompt, "scene");
    Motion motion = only(motions, rest, prompt, "motion");
    return new Spec(things, relation, scene, motion);
  }

  /** What is left to understand. */
  private static final class Rest {
    private String text;

    Rest(String text) {
      this.text = tidy(text);
    }
  }

  private static <T> T only(Map<String, T> words, Rest rest, String prompt, String what) {
    T found = take(words, rest, prompt, what);
    if (!rest.text.isEmpty()) {
      throw new IllegalArgumentException("prompt '%s': '%s' is unknown here".formatted(prompt, rest.text));
    }
    return found;
  }

  /** Takes the one word or phrase of {@code words} out of the rest. */
  private static <T> T take(Map<String, T> words, Rest rest, String prompt, String what) {
    Matcher matcher = Pattern.compile("\\b(" + anyOf(words) + ")\\b").matcher(rest.text);
    if (!matcher.find()) {
      throw new IllegalArgumentException("prompt '%s' has no %s; must be one of: %s".formatted(prompt, what,
          words.keySet().stream().sorted().collect(Collectors.joining(", "))));
    }
    rest.text = tidy(rest.text.substring(0, matcher.start()) + " " + rest.text.substring(matcher.end()));
    return words.get(matcher.group(1));
  }

  private static <T> Map<String, T> words(T[] values, Function<T, List<String>> words) {
    Map<String, T> all = new TreeMap<>();
    for (T value : values) {
      words.apply(value).forEach(word -> all.put(word, value));
    }
    return all;
  }

  /** A pattern of alternatives in which the longest comes first. */
  private static String anyOf(Map<String, ?> words) {
    List<String> all = new ArrayList<>(words.keySet());
    all.sort(Comparator.comparingInt(String::length).reversed());
    return String.join("|", all);
  }

  private static String tidy(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}
