// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VbenchTest {

  @TempDir
  Path folder;

  @Test
  void fiveVideosOfAPromptAndTwentyFiveForFlickering() throws IOException {
    String json = """
        [{"prompt_en": "a cat.", "dimension": ["subject_consistency", "dynamic_degree"]},
         {"prompt_en": "A \\"static\\" view, on 5th Street", "dimension": ["temporal_flickering"]},
         {"prompt_en": "a cat.", "dimension": ["color"], "auxiliary_info": {"color": {"color": "red"}}}]
        """;
    assertThat(VbenchPrompt.read(Files.writeString(folder.resolve("info.json"), json), 0)).containsExactly(
        new VbenchPrompt("a cat.", 5), new VbenchPrompt("A \"static\" view, on 5th Street", 25));
    Path lines = Files.writeString(folder.resolve("color.txt"), "a red car\n\n  a cat. \n");
    assertThat(VbenchPrompt.read(lines, 0)).containsExactly(
        new VbenchPrompt("a red car", 5), new VbenchPrompt("a cat.", 5));
    assertThat(VbenchPrompt.read(lines, 2)).extracting(VbenchPrompt::videos).containsOnly(2);
    assertThat(VbenchPrompt.read(Files.move(lines, folder.resolve("temporal_flickering.txt")), 0))
        .extracting(VbenchPrompt::videos).containsExactly(25, 25);
  }

  @Test
  void aVideoHasThePromptsVeryWordsInItsName() {
    assertThat(new VbenchPrompt("A man's \"Hi\": 50 % off? Überall...", 5).name(4))
        .isEqualTo("A man's \"Hi\": 50 % off? Überall...-4.mp4");
  }

  @Test
  void promptsThatNoFileCanBeNamedAfterAreRefusedWithTheirPlace() throws IOException {
    Path lines = Files.writeString(folder.resolve("list.txt"), "a cat\nhalf a cat / half a dog\n");
    assertThatThrownBy(() -> VbenchPrompt.read(lines, 0)).isInstanceOf(BadJob.class)
        .hasMessageStartingWith(lines + ":2: prompt 'half a cat / half a dog': VBench finds a video by its name");
    for (String bad : List.of("", " ", "a\\b", "a\tb", "é".repeat(130))) {
      assertThatThrownBy(() -> new VbenchPrompt(bad, 5)).isInstanceOf(BadJob.class);
    }
    assertThatThrownBy(() -> new VbenchPrompt("a", 1001)).hasMessage("1001 videos of a prompt: must be from 1 to 1000");
  }

  @Test
  void filesThatAreNoListsAreRefused() throws IOException {
    for (String json : List.of("{}", "[{\"prompt\": \"a\"}]", "[", "[]", "[{\"prompt_en\": \"a/b\"}]")) {
      Path file = Files.writeString(folder.resolve("info.json"), json);
      assertThatThrownBy(() -> VbenchPrompt.read(file, 0)).isInstanceOf(BadJob.class)
          .hasMessageContaining(file.toString());
    }
  }
}
