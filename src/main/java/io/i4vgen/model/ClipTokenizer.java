// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CLIP's byte-level BPE: a prompt as the text encoder reads it, as Hugging Face's {@code CLIPTokenizerFast} makes it
 * with {@code padding="max_length", truncation=True}. Threads may share one.
 */
public final class ClipTokenizer implements AutoCloseable {

  private static final String BEGIN = "<|startoftext|>";
  private static final String END = "<|endoftext|>";

  private final HuggingFace tokenizer;
  private final long last;

  private ClipTokenizer(HuggingFace tokenizer, long last) {
    this.tokenizer = tokenizer;
    this.last = last;
  }

  /**
   * Opens a tokenizer folder: its {@code tokenizer.json}, or {@code vocab.json} and {@code merges.txt} if it has none;
   * {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json}, if there, may name
   * other marks, another padding and more tokens.
   *
   * @param folder such as {@code plugins/shapes/tokenizer}
   * @param length positions of the text encoder, 77 for every published one
   * @throws PackException if a file is missing or not what it should be
   */
  public static ClipTokenizer open(Path folder, int length) {
    JsonFile plain = tokenizerOf(folder);
    AddedTokens more = new AddedTokens(folder);
    String end = more.mark("eos_token", END);
    JsonFile file = more.addedTo(plain);
    HuggingFace.Marks marks = new HuggingFace.Marks(
        id(file, more.mark("bos_token", BEGIN)), id(file, end), id(file, more.mark("pad_token", end)), length);
    return new ClipTokenizer(new HuggingFace(file.root().toString(), file.path().toString(), marks),
        last(plain.root()));
  }

  private static long last(JsonNode tokenizer) {
    long last = 0;
    for (JsonNode id : tokenizer.path("model").path("vocab")) {
      last = Math.max(last, id.asLong());
    }
    return last;
  }

  private static JsonFile tokenizerOf(Path folder) {
    Path ready = folder.resolve("tokenizer.json");
    return Files.exists(ready) ? JsonFile.read(ready) : BytePairs.tokenizer(folder, BEGIN, END);
  }

  private static long id(JsonFile tokenizer, String token) {
    for (JsonNode added : tokenizer.root().path("added_tokens")) {
      if (added.path("content").asText().equals(token)) {
        return added.path("id").asLong();
      }
    }
    JsonNode id = tokenizer.root().path("model").path("vocab").path(token);
    if (!id.isIntegralNumber()) {
      throw new PackException(tokenizer.path() + ": the vocabulary has no token " + token);
    }
    return id.asLong();
  }

  /** The largest id of its own vocabulary: tokens that were added to it need not be used. */
  long last() {
    return last;
  }

  /** The ids of {@code text}: begin mark, as much of it as fits, end mark, padding. */
  public Tokens encode(String text) {
    return tokenizer.encode(text);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
