// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDManager;
import io.i4vgen.model.ClipTokenizer;
import io.i4vgen.model.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code clip-tokenizer}: every string of {@code strings.json} to its ids, exactly. */
final class ClipTokenizerCheck implements Check {

  @Override
  public String kind() {
    return "clip-tokenizer";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    List<Comparison> comparisons = new ArrayList<>();
    int length = reference.at("config", "model_max_length").asInt();
    try (ClipTokenizer clip = ClipTokenizer.open(reference.folder(), length)) {
      for (Strings.Entry string : Strings.read(reference)) {
        Tokens tokens = clip.encode(string.text());
        comparisons.add(Comparison.exact(string.name() + " ids", ids(tokens, string), string.ids()));
        comparisons.add(Comparison.exact(string.name() + " length", length(tokens, string), string.used()));
      }
    }
    return comparisons;
  }

  /** Where implementations of CLIP's tokenizer disagree, the case lists them, and each is right. */
  private static long[] ids(Tokens tokens, Strings.Entry string) {
    return string.accepts(tokens.ids()) ? string.ids() : tokens.ids();
  }

  private static int length(Tokens tokens, Strings.Entry string) {
    return Arrays.equals(tokens.ids(), string.ids()) ? tokens.used() : string.used();
  }
}
