// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.model.PackDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One option of a stage. Its value is looked for in this order: the job ({@code ni-vsds.stepSize}, then the short
 * name), the route, the pack's preset, the pack's defaults, the stage's own default. Whoever sets it, it is read and
 * checked the same way.
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

  private Setting(String stage, String name, String alias, String route, String range, Function<String, T> reader) {
    this.stage = stage;
    this.name = name;
    this.names = alias == null ? List.of(stage + "." + name) : List.of(stage + "." + name, alias);
    this.range = range;
    this.reader = reader;
    this.route = Optional.ofNullable(route).map(String::strip).filter(text -> !text.isEmpty() && !text.equals("auto"));
    this.route.ifPresent(text -> read(text, "parameter '" + name + "' of i4vgen-" + stage + "-action"));
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

  /** The names under which a job can set it. */
  public List<String> names() {
    return names;
  }

  /** What holds for this job, if anybody but the stage says anything. */
  public Optional<T> in(Job job, PackDescription pack) {
    for (String key : names) {
      if (job.parameters().containsKey(key)) {
        return Optional.of(read(job.parameters().get(key), "parameter '" + key + "' of the job"));
      }
    }
    if (route.isPresent()) {
      return route.map(text -> read(text, "parameter '" + name + "' of i4vgen-" + stage + "-action"));
    }
    return inPack(job, pack);
  }

  /** Checks the job's own value, if it has one. */
  public void check(Job job) {
    names.stream().filter(job.parameters()::containsKey)
        .forEach(key -> read(job.parameters().get(key), "parameter '" + key + "' of the job"));
  }

  private Optional<T> inPack(Job job, PackDescription pack) {
    Map<String, String> preset = pack.preset(job.parameters().get("preset"));
    for (Map<String, String> values : List.of(preset, pack.defaults())) {
      for (String key : names) {
        if (values.containsKey(key)) {
          return Optional.of(read(values.get(key), "'" + key + "' of the pack '" + pack.name() + "'"));
        }
      }
    }
    return Optional.empty();
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
