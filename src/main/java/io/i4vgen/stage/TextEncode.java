// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import java.util.List;
import java.util.Map;

/**
 * Encodes the negative prompt and the prompt: the two rows {@code [2, tokens, width]} that classifier-free guidance
 * works with.
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
    try (Texts texts = Texts.of(in, context)) {
      return in.with(Part.TEXT, texts.negative().concat(texts.encode(in.job().prompt(), "prompt"), 0))
          .with(new Step(name(), Map.of("negativePrompt", texts.negativePrompt())));
    }
  }
}
