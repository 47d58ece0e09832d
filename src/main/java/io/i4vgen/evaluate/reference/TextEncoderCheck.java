// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDManager;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.TextEncoderConfig;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.List;

/** {@code clip-text}: the last hidden state of full and short prompts, and the one before it. */
final class TextEncoderCheck implements Check {

  @Override
  public String kind() {
    return "clip-text";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    TextEncoderConfig config = TextEncoderConfig.of(reference.at("config"));
    Tensors io = reference.io(manager);
    List<Comparison> comparisons = new ArrayList<>();
    try (StateDict state = StateDict.open(reference.weights());
        TextEncoder encoder = TextEncoder.load(state, config, manager)) {
      comparisons.add(compare(encoder, io, "in.input_ids", 0, "out.last_hidden_state"));
      if (io.has("in.short_input_ids")) {
        comparisons.add(compare(encoder, io, "in.short_input_ids", 0, "out.short_last_hidden_state"));
      }
      if (io.has("out.clip_skip2_last_hidden_state")) {
        comparisons.add(compare(encoder, io, "in.input_ids", 1, "out.clip_skip2_last_hidden_state"));
      }
    }
    return comparisons;
  }

  private static Comparison compare(TextEncoder encoder, Tensors io, String ids, int skippedLayers, String expected) {
    return Comparison.network(expected, encoder.encode(io.get(ids), skippedLayers), io.get(expected));
  }
}
