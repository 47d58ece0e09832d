// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Numbers that were measured, by the prompt that they belong to. Videos of one prompt are alike, so their intervals are
 * made of the prompts' means, as if each prompt were one sample; with one video of each prompt they are the usual ones.
 */
final class Samples {

  private final Map<Integer, List<Double>> byPrompt = new TreeMap<>();

  void add(int prompt, double value) {
    byPrompt.computeIfAbsent(prompt, number -> new ArrayList<>()).add(value);
  }

  boolean isEmpty() {
    return byPrompt.isEmpty();
  }

  /** The mean of all, with the normal interval of the prompts' means. */
  Interval mean() {
    Interval ofPrompts = Interval.ofMean(promptMeans());
    double mean = all().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    return new Interval(mean, mean + ofPrompts.low() - ofPrompts.value(), mean + ofPrompts.high() - ofPrompts.value());
  }

  /**
   * The share of those that are 1 among 0 and 1, with Wilson's interval of as many independent samples as they are
   * worth: fewer than there are, if videos of one prompt are more alike than others (Kish's design effect).
   */
  Interval rate() {
    int count = all().size();
    double share = mean().value();
    return Interval.ofRate(share * count / designEffect(share, count), count / designEffect(share, count));
  }

  /** How many times larger the variance of the share is than that of independent samples; at least 1. */
  private double designEffect(double share, int count) {
    double independent = share * (1 - share) / count;
    if (independent == 0 || byPrompt.size() == count || byPrompt.size() < 2) {
      return 1;
    }
    double half = Interval.ofMean(promptMeans()).high() - Interval.ofMean(promptMeans()).value();
    return Math.max(1, Math.pow(half / Interval.Z, 2) / independent);
  }

  private List<Double> all() {
    return byPrompt.values().stream().flatMap(List::stream).toList();
  }

  private double[] promptMeans() {
    return byPrompt.values().stream()
        .mapToDouble(values -> values.stream().mapToDouble(Double::doubleValue).average().orElseThrow()).toArray();
  }
}
