// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.model.SmallPack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AddedTokensTest extends WithPipelines {

  @Test
  void aTokenThatTheTextEncoderDoesNotHaveIsAFaultOfThePromptsThatUseIt() throws Exception {
    Path saved = SmallPack.copy(Path.of("src/test/resources/diffusers/animatediff"), folder.resolve("more"));
    Path config = saved.resolve("text_encoder/config.json");
    int rows = new ObjectMapper().readTree(config.toFile()).get("vocab_size").asInt();
    Files.writeString(saved.resolve("tokenizer/added_tokens.json"), "{\"<cat-toy>\": %d}".formatted(rows));
    Files.deleteIfExists(saved.resolve("tokenizer/tokenizer_config.json"));
    try (Generation made = run(saved, "a red star")) {
      assertThat(made.parts()).containsKey(Part.TEXT);
    }
    assertThatThrownBy(() -> run(saved, "a red <cat-toy>")).isInstanceOf(BadJob.class)
        .hasMessageContaining("the prompt has the token ").hasMessageEndingWith("knows 0 to " + (rows - 1));
  }

  private static Generation run(Path pack, String prompt) {
    return pipelines.run(new Job("test", prompt, null, 1, pack.toString(), Map.of()), List.of(new TextEncode()));
  }
}
