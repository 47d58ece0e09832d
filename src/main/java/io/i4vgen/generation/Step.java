// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * One line of a generation's provenance: a stage that ran, and the options that it ran with.
 *
 * @param stage its name, {@code ni-vsds}
 * @param options every option as it was used, whoever set it
 */
public record Step(String stage, Map<String, String> options) {

  public Step {
    options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
  }
}
