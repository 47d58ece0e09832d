// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDManager;
import io.i4vgen.model.BertTokenizer;
import io.i4vgen.model.Tokens;
import java.util.ArrayList;
import java.util.List;

/** {@code imagereward-tokenizer}: every string of {@code strings.json} to its ids, exactly. */
final class BertTokenizerCheck implements Check {

  @Override
  public String kind() {
    return "imagereward-tokenizer";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    List<Comparison> comparisons = new ArrayList<>();
    int length = reference.at("config", "max_length").asInt();
    try (BertTokenizer bert = BertTokenizer.open(reference.file("vocab.txt"), length)) {
      for (Strings.Entry string : Strings.read(reference)) {
        Tokens tokens = bert.encode(string.text());
        comparisons.add(Comparison.exact(string.name() + " ids", tokens.ids(), string.ids()));
        comparisons.add(Comparison.exact(string.name() + " length", tokens.used(), string.used()));
      }
    }
    return comparisons;
  }
}
