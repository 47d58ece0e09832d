// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.ClipTokenizer;
import io.i4vgen.model.Lease;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.Tokens;
import io.i4vgen.model.Vocabulary;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.tensor.Nearest;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The pack's text encoder at a job. Every text is encoded by itself, so nothing depends on what stands beside it. */
final class Texts implements AutoCloseable {

  /** How many words a warning names. */
  private static final int MOST_WORDS = 8;

  private final Generation in;
  private final StageContext context;
  private final Lease<ClipTokenizer> tokenizer;
  private final Lease<TextEncoder> encoder;

  private Texts(Generation in, StageContext context, Lease<ClipTokenizer> tokenizer, Lease<TextEncoder> encoder) {
    this.in = in;
    this.context = context;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  static Texts of(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Lease<ClipTokenizer> tokenizer = context.models().tokenizer(pack);
    try {
      return new Texts(in, context, tokenizer, context.models().textEncoder(pack));
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /** The job's, else the pack's. */
  String negativePrompt() {
    Job job = in.job();
    return job.negativePrompt() != null ? job.negativePrompt() : context.pack(in).negativePrompt();
  }

  /** The negative prompt, encoded: {@code [1, tokens, width]}. */
  NDArray negative() {
    return encode(negativePrompt(), "negative prompt");
  }

  /**
   * A text, encoded: {@code [1, tokens, width]}. Warns if it is longer than the model reads, or has words that it does
   * not know.
   *
   * @param what its name, for the warning
   */
  NDArray encode(String text, String what) {
    Tokens tokens = tokenizer.get().encode(text);
    if (!tokens.cut().isEmpty()) {
      context.progress().warned(in.job(), "the %s is %d tokens long, and the model reads %d; cut off: '%s'"
          .formatted(what, tokens.needed(), tokens.ids().length, start(tokens.cut())));
    }
    warnOfUnknownWords(text, what);
    requireKnown(tokens, what);
    return encoder.get().encode(in.memory().create(tokens.ids()).expandDims(0));
  }

  /** Tokens may have been added to a tokenizer, and not to its text encoder. */
  private void requireKnown(Tokens tokens, String what) {
    int known = encoder.get().config().vocabulary();
    LongStream.of(tokens.ids()).filter(id -> id >= known).findFirst().ifPresent(id -> {
      throw new BadJob("the %s has the token %d, or ends with it, and the text encoder of pack '%s' knows 0 to %d"
          .formatted(what, id, context.pack(in).name(), known - 1));
    });
  }

  private void warnOfUnknownWords(String text, String what) {
    PackDescription pack = context.pack(in);
    Vocabulary vocabulary = pack.about().vocabulary();
    List<String> unknown = vocabulary.unknown(text);
    if (!unknown.isEmpty()) {
      String words = unknown.stream().limit(MOST_WORDS).map(word -> "'" + word + "'" + Nearest.slip(word,
          vocabulary.words()).map(" (did you mean '%s'?)"::formatted).orElse("")).collect(Collectors.joining(", "));
      context.progress().warned(in.job(), ("the %s has words that pack '%s' does not know: %s%s; "
          + "`i4vgen models list %s` shows those it knows").formatted(what, pack.name(), words,
          unknown.size() > MOST_WORDS ? " and %d more".formatted(unknown.size() - MOST_WORDS) : "",
          context.models().called(pack)));
    }
  }

  /** Enough of a long text to find it. */
  private static String start(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }

  @Override
  public void close() {
    encoder.close();
    tokenizer.close();
  }
}
