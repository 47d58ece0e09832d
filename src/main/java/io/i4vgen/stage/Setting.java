// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.model.PackDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One option of a stage. Its value is looked for in this order: the job ({@code ni-vsds.stepSize}, then the short
 * name), the route, the pack's preset, the pack's defaults, the stage's own default. Whoever sets it, it is read and
 * checked the same way; {@code auto} or nothing in a place says nothing there.
 *
 * @param <T> the type of its values
 */
public final class Setting<T> {

  private final String stage;
  private final String name;
  private final List<String> names;
  private final String range;
  private final Function<String, T> reader;
  private final Optional<String> route;
  private final BiFunction<String, UnaryOperator<Path>, String> mover;

  private Setting(String stage, String name, String alias, String route, String range, Function<String, T> reader) {
    this(stage, name, alias, route, range, reader, (text, move) -> text);
  }

  private Setting(String stage, String name, String alias, String route, String range, Function<String, T> reader,
      BiFunction<String, UnaryOperator<Path>, String> mover) {
    this.stage = stage;
    this.mover = mover;
    this.name = name;
    this.names = alias == null ? List.of(stage + "." + name) : List.of(stage + "." + name, alias);
    this.range = range;
    this.reader = reader;
    this.route = Optional.ofNullable(route).filter(Setting::isSaid);
    this.route.ifPresent(text -> read(text, routePlace()));
  }

  private static boolean isSaid(String text) {
    return !text.isBlank() && !text.strip().equals("auto");
  }

  /**
   * A whole number from {@code least} to {@code most}.
   *
   * @param alias the name by which a job sets it for every stage, {@code null} if it has none
   * @param route what the route says: {@code null}, empty or {@code auto} if nothing
   * @throws BadJob if the route's value is not in the range
   */
  public static Setting<Integer> whole(String stage, String name, String alias, String route, int least, int most) {
    String range = "a whole number from %d to %d".formatted(least, most);
    return new Setting<>(stage, name, alias, route, range, text -> {
      int value = Integer.parseInt(text);
      return value >= least && value <= most ? value : null;
    });
  }

  /** A number from {@code least} to {@code most}. */
  public static Setting<Double> number(String stage, String name, String alias, String route, double least,
      double most) {
    String range = "a number from %s to %s".formatted(plain(least), plain(most));
    return new Setting<>(stage, name, alias, route, range, text -> {
      double value = Double.parseDouble(text);
      return value >= least && value <= most ? value : null;
    });
  }

  /** One or more numbers with commas between them, each from {@code least} to {@code most}. */
  public static Setting<List<Double>> numbers(String stage, String name, String alias, String route, double least,
      double most) {
    String range = "numbers from %s to %s with commas between them".formatted(plain(least), plain(most));
    return new Setting<>(stage, name, alias, route, range, text -> {
      List<Double> values = new ArrayList<>();
      for (String one : text.split(",", -1)) {
        double value = Double.parseDouble(one.strip());
        if (!(value >= least && value <= most)) {
          return null;
        }
        values.add(value);
      }
      return List.copyOf(values);
    });
  }

  /** A text that {@code reader} makes something of; it returns {@code null} for what it does not know. */
  public static <T> Setting<T> text(String stage, String name, String alias, String route, String range,
      Function<String, T> reader) {
    return new Setting<>(stage, name, alias, route, range, reader);
  }

  /** One of {@code values}, by the word that {@link #word} has for it. */
  static <E extends Enum<E>> Setting<E> choice(String stage, String name, String route, E[] values) {
    List<String> words = Stream.of(values).map(Setting::word).toList();
    int last = words.size() - 1;
    return new Setting<>(stage, name, null, route,
        String.join(", ", words.subList(0, last)) + " or " + words.get(last),
        text -> words.contains(text) ? values[words.indexOf(text)] : null);
  }

  /** What a value of a {@link #choice} is called by jobs, routes and recipes: its name in lower case. */
  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /**
   * A text with the names of files in it.
   *
   * @param mover puts another path into a text that has been read, in the place of each one in it
   */
  public static <T> Setting<T> files(String stage, String name, String alias, String route, String range,
      Function<String, T> reader, BiFunction<String, UnaryOperator<Path>, String> mover) {
    return new Setting<>(stage, name, alias, route, range, reader, mover);
  }

  /** The names under which a job can set it. */
  public List<String> names() {
    return names;
  }

  /** What holds for this job, if anybody but the stage says anything. */
  public Optional<T> in(Job job, PackDescription pack) {
    return said(job, pack).map(said -> read(said.text(), said.place()));
  }

  /** {@code parameter 'noise.strength' of the job is '0.8'}: what holds for this job, as somebody wrote it. */
  Optional<String> saying(Job job, PackDescription pack) {
    return said(job, pack).map(said -> "%s is '%s'".formatted(said.place(), said.text()));
  }

  /**
   * Whether this is set nearer to the job than {@code other}, a setting that says the same thing in another way.
   *
   * @throws BadJob if both are set in the same place
   */
  boolean isNearerThan(Setting<?> other, Job job, PackDescription pack) {
    int here = said(job, pack).map(Said::distance).orElse(Integer.MAX_VALUE);
    int there = other.said(job, pack).map(Said::distance).orElse(Integer.MAX_VALUE);
    if (here == there && here != Integer.MAX_VALUE) {
      throw new BadJob("%s and %s say one thing in two ways: leave one of them out".formatted(
          said(job, pack).get().place(), other.said(job, pack).get().place()));
    }
    return here < there;
  }

  /** Checks the job's own value, if it has one. */
  public void check(Job job) {
    names.stream().filter(key -> says(job.parameters(), key))
        .forEach(key -> read(job.parameters().get(key), "parameter '" + key + "' of the job"));
  }

  /**
   * The job with other paths in its own value of this, where it has one and that names files.
   *
   * @param move what takes the place of a path
   * @throws BadJob if the value is not what it must be
   */
  public Job moved(Job job, UnaryOperator<Path> move) {
    check(job);
    Job moved = job;
    for (String key : names) {
      if (says(job.parameters(), key)) {
        moved = moved.with(key, mover.apply(job.parameters().get(key).strip(), move));
      }
    }
    return moved;
  }

  /**
   * A value as somebody wrote it.
   *
   * @param distance from the job: 0 the job itself, 1 the route, 2 the pack's preset, 3 its defaults
   */
  private record Said(String text, String place, int distance) {}

  private Optional<Said> said(Job job, PackDescription pack) {
    String ofPack = " of the pack '" + pack.name() + "'";
    return in(job.parameters(), " of the job", 0)
        .or(() -> route.map(text -> new Said(text, routePlace(), 1)))
        .or(() -> in(pack.preset(job.parameters().get("preset")), ofPack, 2))
        .or(() -> in(pack.defaults(), ofPack, 3));
  }

  private Optional<Said> in(Map<String, String> values, String owner, int distance) {
    return names.stream().filter(key -> says(values, key)).findFirst()
        .map(key -> new Said(values.get(key), "parameter '" + key + "'" + owner, distance));
  }

  private static boolean says(Map<String, String> values, String key) {
    return values.containsKey(key) && isSaid(values.get(key));
  }

  private String routePlace() {
    return "parameter '" + name + "' of i4vgen-" + stage + "-action";
  }

  private T read(String text, String place) {
    T value;
    try {
      value = reader.apply(text.strip());
    } catch (NumberFormatException e) {
      throw new BadJob("%s is '%s': must be %s".formatted(place, text, range), e);
    }
    if (value == null) {
      throw new BadJob("%s is '%s': must be %s".formatted(place, text, range));
    }
    return value;
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
