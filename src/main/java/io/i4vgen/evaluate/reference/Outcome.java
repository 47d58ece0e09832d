// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What became of one case. */
public sealed interface Outcome {

  /** The case's folder name. */
  String name();

  /** False only for what makes the whole run fail. */
  boolean acceptable();

  /** The line (or, for a failure, lines) of the report: {@code case  max-rel-error  tolerance  verdict}. */
  String report();

  private static String row(String name, String error, String tolerance, String verdict) {
    return String.format(Locale.ROOT, "%-28s  %13s  %9s  %s", name, error, tolerance, verdict);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }

  /** Title of the columns. */
  static String header() {
    return row("case", "max-rel-error", "tolerance", "verdict");
  }

  /** The kind was known and everything was compared. */
  record Compared(String name, List<Comparison> comparisons) implements Outcome {

    public Compared {
      comparisons = List.copyOf(comparisons);
      if (comparisons.isEmpty()) {
        throw new IllegalArgumentException(name + ": nothing was compared");
      }
    }

    /** The comparison that uses most of its tolerance. */
    public Comparison worst() {
      return comparisons.stream().max(Comparator.comparingDouble(Comparison::usage)).orElseThrow();
    }

    public List<Comparison> failures() {
      return comparisons.stream().filter(c -> !c.passed()).toList();
    }

    @Override
    public boolean acceptable() {
      return failures().isEmpty();
    }

    @Override
    public String report() {
      StringBuilder lines = new StringBuilder(row(name, number(worst().error()), number(worst().tolerance()),
          acceptable() ? "PASS" : "FAIL"));
      failures().forEach(c -> lines.append(System.lineSeparator()).append("  ")
          .append(row(c.what(), number(c.error()), number(c.tolerance()), "too far")));
      return lines.toString();
    }
  }

  /** The case could not be run to its end; counts as a failure. */
  record Broken(String name, Throwable cause) implements Outcome {

    @Override
    public boolean acceptable() {
      return false;
    }

    @Override
    public String report() {
      return row(name, "-", "-", "FAIL") + System.lineSeparator() + "  " + cause;
    }
  }

  /** No check of this build knows the kind. */
  record Unknown(String name, String kind) implements Outcome {

    @Override
    public boolean acceptable() {
      return true;
    }

    @Override
    public String report() {
      return row(name, "-", "-", "UNKNOWN") + " (kind " + kind + ")";
    }
  }
}
