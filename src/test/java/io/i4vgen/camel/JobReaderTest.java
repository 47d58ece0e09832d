// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobReaderTest {

  private final JobReader reader = new JobReader("shapes", "i4vgen");

  private Request yaml(String text) {
    return reader.read(text, Source.file("cat.yaml", "1"));
  }

  @Test
  void takesPlainTextAsThePrompt() {
    Request request = reader.read("  a red star\n", Source.file("cat.txt", "1"));
    assertThat(request.route()).isEqualTo("i4vgen");
    assertThat(request.job().prompt()).isEqualTo("a red star");
    assertThat(request.job().model()).isEqualTo("shapes");
    assertThat(request.job().negativePrompt()).isNull();
    assertThat(request.job().parameters()).isEmpty();
    assertThat(request.job().id()).matches("cat-[0-9a-f]{12}");
  }

  @Test
  void promptsOfFramesAreAnObject() {
    assertThat(yaml("prompt: a\nprompts: {0: 'x: y', 8: b}").job().parameters())
        .isEqualTo(Map.of("prompts", "0: x: y; 8: b"));
    assertThat(reader.read(Map.of("prompt", "a", "prompts", Map.of(4, "b")), Source.file("cat.yaml", "1")).job()
        .parameters()).isEqualTo(Map.of("prompts", "4: b"));
  }

  @Test
  void takesEveryKeyOfAJob() {
    Request request = yaml("""
        prompt: "a red star: moving"
        negativePrompt: blurry
        seed: 42
        model: packs/mine
        route: text-to-video
        id: my-star
        steps: 10
        guidance: 7.5
        preset: paper
        parameters:
          ni-vsds.stepSize: "10,1"
          noise.strength: 0.8
        """);
    assertThat(request.route()).isEqualTo("text-to-video");
    assertThat(request.job().id()).isEqualTo("my-star");
    assertThat(request.job().prompt()).isEqualTo("a red star: moving");
    assertThat(request.job().negativePrompt()).isEqualTo("blurry");
    assertThat(request.job().seed()).isEqualTo(42);
    assertThat(request.job().model()).isEqualTo("packs/mine");
    assertThat(request.job().parameters()).containsExactlyInAnyOrderEntriesOf(Map.of("steps", "10", "guidance", "7.5",
        "preset", "paper", "ni-vsds.stepSize", "10,1", "noise.strength", "0.8"));
  }

  @Test
  void readsTheSameJobFromJsonAndFromAMap() {
    Source source = Source.message("message", "{", "1");
    Request json = reader.read("{\"prompt\": \"a star\", \"seed\": 7, \"parameters\": {\"steps\": 3}}", source);
    Request map = reader.read(Map.of("prompt", "a star", "seed", 7L, "parameters", Map.of("steps", 3)), source);
    assertThat(map).isEqualTo(json);
  }

  @Test
  void readsConditionsAsAListOfObjectsOrTexts() {
    String expected = "\"a, b.png\"@0, c.png@-1, d.png@3";
    assertThat(yaml("""
        prompt: a star
        conditions:
          - {image: "a, b.png"}
          - image: c.png
            frame: -1
          - d.png@3
        """).job().parameters()).containsEntry("conditions", expected);
    String text = "a, b.png@0, c.png@-1, d.png@3";
    assertThat(yaml("prompt: a star\nconditions: " + text).job().parameters()).containsEntry("conditions", text);
    assertThat(reader.read(Map.of("prompt", "a star", "conditions", List.of(Map.of("image", "a, b.png"),
        Map.of("image", "c.png", "frame", -1), "d.png@3")), Source.message("message", "", "1")).job().parameters())
        .containsEntry("conditions", expected);
  }

  @Test
  void readsLorasAsAListOfObjectsOrTexts() {
    assertThat(yaml("""
        prompt: a star
        loras:
          - {file: film.safetensors, scale: 0.8}
          - file: pan.ckpt
          - x.safetensors@-1
        """).job().parameters()).containsEntry("loras", "film.safetensors@0.8, pan.ckpt@1, x.safetensors@-1");
    assertThat(yaml("""
        prompt: a star
        loras:
          - a, b.safetensors@0.8
          - c.safetensors@1, d.safetensors@2
          - '"e, f.safetensors" @ 3'
          - {file: 'g, "h".safetensors'}
          - i@j, k.safetensors
        """).job().parameters()).containsEntry("loras", "\"a, b.safetensors\"@0.8, c.safetensors@1, d.safetensors@2, "
        + "\"e, f.safetensors\" @ 3, \"g, \"\"h\"\".safetensors\"@1, \"i@j, k.safetensors\"");
    assertThat(yaml("prompt: a star\nloras: film.safetensors").job().parameters())
        .containsEntry("loras", "film.safetensors");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "prompt: a star;loras: [{scale: 3}]|cat.yaml, line 2, column 9: one of 'loras' has no 'file'",
      "prompt: a star;loras: [{file: a, scle: 1}]|cat.yaml, line 2, column 9: 'scle' is unknown in one of",
      "prompt: a star;conditions:;  - {image: a.png, frme: 3}|cat.yaml, line 3, column 5: 'frme' is unknown in one of",
      "prompt: a star;conditions: [{frame: 3}]|cat.yaml, line 2, column 14: one of 'conditions' has no 'image'",
      "prompt: a star;conditions: [{image: [a]}]|cat.yaml, line 2, column 22: 'image' must be a single value",
      "prompt: a star;conditions: [[a]]|cat.yaml, line 2, column 1: 'conditions' must be a single value",
      "prompt: a star;stpes: 3|cat.yaml, line 2, column 1: 'stpes' is unknown: did you mean 'steps'?",
      "prompt: a star;seed: many|cat.yaml, line 2, column 1: 'seed' is 'many': must be a whole number",
      "prompt: a star;seed: 1.5|cat.yaml, line 2, column 1: 'seed' is 1.5: must be a whole number",
      "prompt: a star;seed: 99999999999999999999|cat.yaml, line 2, column 1: 'seed' is '99999999999999999999': must be",
      "prompt: 12|cat.yaml, line 1, column 1: 'prompt' is 12: must be a text; put it in quotes",
      "prompt: [a, b]|cat.yaml, line 1, column 1: 'prompt' must be a single value, is a list: a text that begins with",
      "prompt: {a: b}|cat.yaml, line 1, column 1: 'prompt' must be a single value, is an object: a text that begins",
      "prompt: [a red star|cat.yaml, line 1: a '[' that is opened here is not closed, or a ',' is missing",
      "id: x;prompt: [a red star;seed: 3|cat.yaml, line 2: a '[' that is opened here is not closed",
      "seed: 3|cat.yaml: has no 'prompt'",
      "prompt:|cat.yaml: has no 'prompt'",
      "prompt: ' '|cat.yaml: the prompt is empty",
      "prompt: a star;id: ../x|cat.yaml: job id '../x'",
      "prompt: a star;prompt: b|cat.yaml, line 2",
      "prompt: a star;parameters: 3|cat.yaml, line 2, column 1: 'parameters' must be an object",
      "prompt: a star;steps: 3;parameters: {steps: 4}|cat.yaml, line 2, column 1: 'steps' is also among the parameters",
      "prompt: a star;parameters: {noise: {strength: 1}}|cat.yaml, line 2, column 14: 'parameters.noise' must be",
      "prompt: 'a|cat.yaml, line 1: a quotation mark that is opened here is closed nowhere",
      "prompt: a: b|cat.yaml, line 1: a ':' can't stand here",
      "a star|cat.yaml, line 1, column 1: must hold 'prompt: ...'",
      "prompt: a star;---;prompt: b|cat.yaml, line 3, column 1: must hold one job",
      "prompt: &p a star;id: *p|cat.yaml, line 2, column 1: 'id' is an alias",
  })
  void saysWhereAJobIsWrong(String text, String message) {
    assertThatThrownBy(() -> yaml(text.replace(';', '\n'))).isInstanceOf(BadJob.class)
        .message().startsWith(message).doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " \n\t", "{}", "{\"prompt\": null}"})
  void refusesAJobThatSaysNothing(String text) {
    assertThatThrownBy(() -> reader.read(text, Source.message("message", text, "1"))).isInstanceOf(BadJob.class)
        .hasMessageContaining("say what the video should show".substring(4));
  }

  @Test
  void derivesTheSameSeedFromTheSameIdSoThatASecondAttemptGivesTheSameVideo() {
    Request first = reader.read("a star", Source.message("message", "a star", "ID:1"));
    assertThat(reader.read("a star", Source.message("message", "a star", "ID:1"))).isEqualTo(first);
    Request other = reader.read("a star", Source.message("message", "a star", "ID:2"));
    assertThat(other.job().id()).isNotEqualTo(first.job().id());
    assertThat(other.job().seed()).isNotEqualTo(first.job().seed()).isBetween(0L, 0xFFFFFFFFL);
  }

  @Test
  void readsUtf8WithAndWithoutAMarkAndNothingElse() {
    assertThat(JobReader.text("\ufeffWürfel".getBytes(StandardCharsets.UTF_8), "a.txt")).isEqualTo("Würfel");
    assertThatThrownBy(() -> JobReader.text("Würfel".getBytes(StandardCharsets.ISO_8859_1), "a.txt"))
        .isInstanceOf(BadJob.class).hasMessage("a.txt: is no UTF-8 text: save it as UTF-8");
    assertThatThrownBy(() -> JobReader.text(new byte[JobReader.LIMIT + 1], "a.txt")).isInstanceOf(BadJob.class)
        .hasMessageContaining("1048577 bytes");
  }

  @Test
  void refusesATextAndAMapThatAreTooLong() {
    Source source = Source.message("message", "", "1");
    String umlauts = "ü".repeat(JobReader.LIMIT / 2);
    assertThat(reader.read("a" + " ".repeat(JobReader.LIMIT - 1), source).job().prompt()).isEqualTo("a");
    assertThatThrownBy(() -> reader.read(umlauts + "!", source)).isInstanceOf(BadJob.class)
        .hasMessage("message has 1048577 bytes: a job has 1048576 at most");
    assertThatThrownBy(() -> reader.read(Map.of("prompt", "a", "parameters", Map.of("x", umlauts)), source))
        .isInstanceOf(BadJob.class).hasMessage("message has 1048595 bytes: a job has 1048576 at most");
  }

  @ParameterizedTest
  @CsvSource({"Würfel am See.txt, W-rfel-am-See-", "...txt, job-", ".txt, job-", "-x-.yaml, x--"})
  void makesAnIdOfAnyFileName(String file, String start) {
    Request request = reader.read("{prompt: star}", Source.file(file, "1"));
    assertThat(request.job().id()).startsWith(start).hasSize(start.length() + 12);
  }
}
