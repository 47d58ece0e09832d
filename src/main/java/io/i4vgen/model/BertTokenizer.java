// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * BERT's WordPiece as ImageReward sets it up (its {@code init_tokenizer}): lower case, accents stripped, {@code [DEC]}
 * and {@code [ENC]} added behind the vocabulary, words longer than 100 characters unknown. The ids are those of Hugging
 * Face's fast tokenizer; the slow one, which ImageReward uses, differs for unassigned characters and for some that only
 * newer Unicode tables know. Threads may share one.
 */
public final class BertTokenizer implements AutoCloseable {

  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final HuggingFace tokenizer;
  private final long last;

  private BertTokenizer(HuggingFace tokenizer, long last) {
    this.tokenizer = tokenizer;
    this.last = last;
  }

  /**
   * Opens a vocabulary.
   *
   * @param vocabulary {@code vocab.txt}, one token a line
   * @param length positions to fill, 35 in ImageReward
   * @throws PackException if the file is missing or lacks one of BERT's own tokens
   */
  public static BertTokenizer open(Path vocabulary, int length) {
    Map<String, Integer> ids = read(vocabulary);
    HuggingFace.Marks marks = new HuggingFace.Marks(ids.get("[CLS]"), ids.get("[SEP]"), ids.get("[PAD]"), length);
    return new BertTokenizer(new HuggingFace(tokenizer(ids).toString(), vocabulary.toString(), marks),
        Collections.max(ids.values()));
  }

  private static Map<String, Integer> read(Path file) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    int line = 0;
    for (String token : JsonFile.text(file).stripTrailing().split("\r?\n")) {
      ids.put(token, line++);
    }
    for (String token : SPECIAL.subList(0, 5)) {
      if (!ids.containsKey(token)) {
        throw new PackException(file + ": the vocabulary has no token " + token);
      }
    }
    for (String token : SPECIAL.subList(5, 7)) {
      if (!ids.containsKey(token)) {
        ids.put(token, line++);
      }
    }
    return ids;
  }

  private static ObjectNode tokenizer(Map<String, Integer> ids) {
    ObjectNode root = JSON.objectNode().put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    SPECIAL.forEach(token -> added.addObject().put("id", ids.get(token)).put("content", token)
        .put("single_word", false).put("lstrip", false).put("rstrip", false).put("normalized", false)
        .put("special", true));
    root.putObject("normalizer").put("type", "BertNormalizer").put("clean_text", true)
        .put("handle_chinese_chars", true).put("strip_accents", true).put("lowercase", true);
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    ObjectNode model = root.putObject("model").put("type", "WordPiece").put("unk_token", "[UNK]")
        .put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
    ObjectNode vocabulary = model.putObject("vocab");
    ids.forEach(vocabulary::put);
    return root;
  }

  /** The largest id that it can give. */
  long last() {
    return last;
  }

  /** The ids of {@code text}: {@code [CLS]}, as much of it as fits, {@code [SEP]}, padding. */
  public Tokens encode(String text) {
    return tokenizer.encode(text);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
