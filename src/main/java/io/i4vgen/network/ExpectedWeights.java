// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.types.Shape;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.Quoted;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The names and shapes of the tensors that a network of a given configuration needs: no more and no fewer. */
final class ExpectedWeights {

  private static final int LISTED = 5;

  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  private final Set<String> optional = new HashSet<>();

  /** The table written so far. */
  Map<String, Shape> shapes() {
    return shapes;
  }

  ExpectedWeights tensor(String name, long... dimensions) {
    shapes.put(name, new Shape(dimensions));
    return this;
  }

  /** A tensor that some checkpoints leave out, since its values follow from its definition. */
  ExpectedWeights optional(String name, long... dimensions) {
    optional.add(name);
    return tensor(name, dimensions);
  }

  /** A scale and a shift for each channel: group or layer normalisation. */
  ExpectedWeights norm(String name, long channels) {
    return tensor(name + ".weight", channels).tensor(name + ".bias", channels);
  }

  ExpectedWeights linear(String name, long in, long out) {
    return linearWithoutBias(name, in, out).tensor(name + ".bias", out);
  }

  ExpectedWeights linearWithoutBias(String name, long in, long out) {
    return tensor(name + ".weight", out, in);
  }

  ExpectedWeights conv(String name, long in, long out, long kernel) {
    return tensor(name + ".weight", out, in, kernel, kernel).tensor(name + ".bias", out);
  }

  /** Adds another table. */
  ExpectedWeights all(ExpectedWeights other) {
    shapes.putAll(other.shapes);
    optional.addAll(other.optional);
    return this;
  }

  /**
   * Compares the table with what the files hold.
   *
   * @throws BadWeights naming the first few differences: file, key, expected, found
   */
  void check(String network, StateDict state) {
    List<String> faults = faults(state);
    if (!faults.isEmpty()) {
      throw new BadWeights(message(network, faults));
    }
  }

  /** All differences: file, key, expected, found. */
  List<String> faults(StateDict state) {
    List<String> faults = new ArrayList<>();
    shapes.forEach((name, shape) -> {
      if (!state.has(name) && !optional.contains(name)) {
        faults.add("%s: %s is missing, expected shape %s".formatted(state.files(), name, shape));
      } else if (state.has(name) && !state.shape(name).equals(shape)) {
        faults.add("%s: %s has shape %s, expected %s".formatted(
            state.origin(name), name, Quoted.of(state.shape(name)), shape));
      }
    });
    state.names().stream().filter(name -> !shapes.containsKey(name)).forEach(name -> faults.add(
        "%s: %s is left over, found shape %s".formatted(
            state.origin(name), Quoted.of(name), Quoted.of(state.shape(name)))));
    return faults;
  }

  private static String message(String network, List<String> faults) {
    Stream<String> listed = faults.stream().limit(LISTED);
    Stream<String> more = faults.size() > LISTED
        ? Stream.of("and %d more".formatted(faults.size() - LISTED))
        : Stream.empty();
    return "the weights do not fit the configuration of network %s: ".formatted(network)
        + String.join("; ", Stream.concat(listed, more).toList());
  }
}
