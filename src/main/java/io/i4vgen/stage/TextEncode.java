// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.ClipTokenizer;
import io.i4vgen.model.Lease;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.Tokens;
import io.i4vgen.network.TextEncoder;
import java.util.List;
import java.util.Map;

/**
 * Encodes the negative prompt and the prompt: the two rows {@code [2, tokens, width]} that classifier-free guidance
 * works with. Every token row is encoded by itself, so a prompt's encoding never depends on what stands beside it.
 */
public record TextEncode() implements Stage {

  @Override
  public String name() {
    return "text-encode";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of();
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Job job = in.job();
    String negative = job.negativePrompt() != null ? job.negativePrompt() : pack.negativePrompt();
    try (Lease<ClipTokenizer> tokenizer = context.models().tokenizer(pack);
        Lease<TextEncoder> encoder = context.models().textEncoder(pack)) {
      NDArray unconditional = encode(in, context, tokenizer.get(), encoder.get(), negative, "negative prompt");
      NDArray conditional = encode(in, context, tokenizer.get(), encoder.get(), job.prompt(), "prompt");
      return in.with(Part.TEXT, unconditional.concat(conditional, 0))
          .with(new Step(name(), Map.of("negativePrompt", negative)));
    }
  }

  private static NDArray encode(Generation in, StageContext context, ClipTokenizer tokenizer, TextEncoder encoder,
      String text, String what) {
    Tokens tokens = tokenizer.encode(text);
    if (!tokens.cut().isEmpty()) {
      context.progress().warned(in.job(), "the %s is %d tokens long, and the model reads %d; cut off: '%s'"
          .formatted(what, tokens.needed(), tokens.ids().length, start(tokens.cut())));
    }
    return encoder.encode(in.memory().create(tokens.ids()).expandDims(0));
  }

  /** Enough of a long text to find it. */
  private static String start(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }
}
