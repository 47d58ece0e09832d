// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What came of a cell.
 *
 * @param reward mean ImageReward of the frames; empty if the pack has no reward network
 * @param dynamic whether it moves enough, by VBench's rule
 * @param speed of the fastest parts, in parts of the shorter side a frame
 * @param flicker VBench's temporal flickering, 1 is still; not a number for a single frame
 * @param recipe tells apart what was made with other weights, options, prompts or seeds
 * @param file the video, in the folder of the sweep
 */
public record SweepRow(Cell cell, Optional<Double> reward, Cost cost, boolean dynamic, double speed, double flicker,
    String recipe, String file) {

  private static final List<String> LAST = List.of("reward", "seconds", "image_calls", "video_calls",
      "dynamic_degree", "speed", "flicker", "recipe", "file");

  /** The first line of a file whose cells vary these options. */
  static String header(List<String> options) {
    List<String> names = new ArrayList<>(options);
    names.addAll(LAST);
    return Csv.line(names);
  }

  String line() {
    List<String> values = new ArrayList<>(cell.values().values());
    values.addAll(List.of(reward.map(SweepRow::text).orElse(""), text(cost.seconds()),
        Integer.toString(cost.imageCalls()), Integer.toString(cost.videoCalls()), dynamic ? "1" : "0", text(speed),
        Double.isNaN(flicker) ? "" : text(flicker), recipe, file));
    return Csv.line(values);
  }

  /** @throws IllegalArgumentException if it is no line of such a file */
  static SweepRow read(List<String> options, String line) {
    List<String> all = Csv.values(line);
    int n = options.size();
    if (all.size() != n + LAST.size()) {
      throw new IllegalArgumentException("%d columns; must have %d".formatted(all.size(), n + LAST.size()));
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < n; i++) {
      values.put(options.get(i), all.get(i));
    }
    Optional<Double> reward = Optional.of(all.get(n)).filter(text -> !text.isEmpty()).map(Double::valueOf);
    Cost cost = new Cost(Double.parseDouble(all.get(n + 1)), Integer.parseInt(all.get(n + 2)),
        Integer.parseInt(all.get(n + 3)));
    String flicker = all.get(n + 6);
    return new SweepRow(new Cell(values), reward, cost, all.get(n + 4).equals("1"), Double.parseDouble(all.get(n + 5)),
        flicker.isEmpty() ? Double.NaN : Double.parseDouble(flicker), all.get(n + 7), all.get(n + 8));
  }

  /** What came of it, in a few words. */
  public String summary() {
    String rewarded = reward.map(value -> String.format(Locale.ROOT, "reward %.2f  ", value)).orElse("");
    return String.format(Locale.ROOT, "%sflicker %.2f%s", rewarded, 100 * flicker, dynamic ? "  dynamic" : "");
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.5f", value);
  }
}
