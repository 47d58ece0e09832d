// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TokenizerTest {

  private static final Path CASES = Path.of("src/test/resources/reference");

  @TempDir Path folder;

  @Test
  void clipGivesTheIdsOfTheFastTokenizer() throws IOException {
    try (ClipTokenizer clip = ClipTokenizer.open(CASES.resolve("clip-tokenizer"), 77)) {
      for (JsonNode string : strings("clip-tokenizer")) {
        Tokens tokens = clip.encode(string.get("text").asText());
        assertThat(tokens.ids()).as(string.get("text").asText()).isEqualTo(ids(string));
        assertThat(tokens.needed()).isEqualTo(string.get("untruncated_length").asInt());
        assertThat(tokens.used()).isEqualTo(string.get("attention_ones").asInt());
      }
    }
  }

  @Test
  void bertGivesTheIdsAndTheMaskOfImageReward() throws IOException {
    try (BertTokenizer bert = BertTokenizer.open(CASES.resolve("imagereward-tokenizer/vocab.txt"), 35)) {
      for (JsonNode string : strings("imagereward-tokenizer")) {
        Tokens tokens = bert.encode(string.get("text").asText());
        assertThat(tokens.ids()).as(string.get("text").asText()).isEqualTo(ids(string));
        assertThat(tokens.mask()).containsExactly(ones(string.get("attention_ones").asInt(), 35));
      }
    }
  }

  @Test
  void aPromptOfTwoHundredWordsIsCutAndSaysWhatIsLost() {
    try (ClipTokenizer clip = ClipTokenizer.open(CASES.resolve("clip-tokenizer"), 77)) {
      Tokens tokens = clip.encode("cat ".repeat(74) + "\uD83D\uDE00 beach " + "dog ".repeat(124) + "The End ");
      assertThat(tokens.used()).isEqualTo(77);
      assertThat(tokens.needed()).isGreaterThan(200);
      assertThat(tokens.ids()[76]).isEqualTo(793);
      assertThat(tokens.cut()).endsWith("dog The End").startsWith("\uD83D\uDE00 beach dog");
    }
  }

  @Test
  void theCutOffTextStartsBehindAnEmojiThatStillFits() {
    try (ClipTokenizer clip = ClipTokenizer.open(CASES.resolve("clip-tokenizer"), 77)) {
      Tokens tokens = clip.encode("\uD83D\uDE00 ".repeat(3) + "cat ".repeat(63) + "beach DOG");
      assertThat(tokens.cut()).isEqualTo("beach DOG");
    }
  }

  @Test
  void anEmptyPromptIsBothMarksAndPadding() {
    try (ClipTokenizer clip = ClipTokenizer.open(CASES.resolve("clip-tokenizer"), 77)) {
      assertThat(clip.encode("")).satisfies(tokens -> {
        assertThat(tokens.used()).isEqualTo(2);
        assertThat(tokens.cut()).isEmpty();
      });
    }
  }

  @Test
  void thePaddingOfTheTokenizerConfigIsUsed() throws IOException {
    copy("vocab.json", "merges.txt");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": {\"content\": \"!\"}}");
    try (ClipTokenizer clip = ClipTokenizer.open(folder, 77)) {
      assertThat(clip.encode("a cat").ids()).startsWith(792, 320, 743, 793, 0, 0).endsWith(0);
    }
  }

  /** Made by {@code tools/make-tokenizer-cases}. */
  @ParameterizedTest
  @MethodSource("foldersThatTransformersHasRead")
  void theFilesBesideTheVocabularyCountAsInTransformers(JsonNode one, JsonNode texts, int length) throws IOException {
    if (one.get("ready").asBoolean()) {
      Files.copy(Path.of("src/test/resources/diffusers/animatediff/tokenizer/tokenizer.json"),
          folder.resolve("tokenizer.json"));
    } else {
      copy("vocab.json", "merges.txt");
    }
    for (Map.Entry<String, JsonNode> file : one.get("files").properties()) {
      Files.writeString(folder.resolve(file.getKey() + ".json"), file.getValue().toString());
    }
    try (ClipTokenizer clip = ClipTokenizer.open(folder, length)) {
      for (int i = 0; i < texts.size(); i++) {
        assertThat(clip.encode(texts.get(i).asText()).ids()).as(texts.get(i).asText())
            .isEqualTo(numbers(one.get("ids").get(i)));
      }
    }
  }

  static Stream<Arguments> foldersThatTransformersHasRead() throws IOException {
    JsonNode file = new ObjectMapper().readTree(Path.of("src/test/resources/tokenizers/cases.json").toFile());
    return StreamSupport.stream(file.get("cases").spliterator(), false).map(one -> Arguments.of(
        Named.of(one.get("case").asText() + (one.get("ready").asBoolean() ? " ready" : ""), one), file.get("texts"),
        file.get("length").asInt()));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "added_tokens.json     | {`<x>`: -1}                                     | text and an id of 0 or more, is `<x>`",
      "added_tokens.json     | {`<x>`: {}}                                     | text and an id of 0 or more, is `<x>`",
      "tokenizer_config.json | {`added_tokens_decoder`: {`7x`: `a`}}           | is `a` with the id 7x",
      "tokenizer_config.json | {`added_tokens_decoder`: {`7`: {}}}             | is `` with the id 7",
      "special_tokens_map.json | []                                            | must be a JSON object"})
  void aBrokenFileBesideTheVocabularyIsNamed(String name, String content, String message) throws IOException {
    copy("vocab.json", "merges.txt");
    Files.writeString(folder.resolve(name), content.replace('`', '"'));
    assertThatThrownBy(() -> ClipTokenizer.open(folder, 77)).isInstanceOf(PackException.class)
        .hasMessageContaining(name + ": ").hasMessageContaining(message.replace('`', '"'));
  }

  @Test
  void aBrokenTokenizerNamesItsFile() throws IOException {
    assertThatThrownBy(() -> ClipTokenizer.open(folder, 77)).isInstanceOf(PackException.class)
        .hasMessage(folder.resolve("vocab.json") + ": no such file");
    copy("vocab.json");
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\ni n g\n");
    assertThatThrownBy(() -> ClipTokenizer.open(folder, 77)).isInstanceOf(PackException.class)
        .hasMessageContaining("merges.txt:2: a merge has two halves");
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nq qqq\n");
    assertThatThrownBy(() -> ClipTokenizer.open(folder, 77)).isInstanceOf(PackException.class)
        .hasMessageContaining("vocab.json: not a tokenizer").hasMessageContaining("qqq");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\":\n 1,}");
    assertThatThrownBy(() -> ClipTokenizer.open(folder, 77)).isInstanceOf(PackException.class)
        .hasMessageContaining("tokenizer.json:2: not JSON");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": 1}");
    assertThatThrownBy(() -> ClipTokenizer.open(folder, 77)).isInstanceOf(PackException.class)
        .hasMessageContaining("tokenizer.json: has no model.vocab, so it is no tokenizer of CLIP's");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {\"vocab\": {}}}");
    assertThatThrownBy(() -> ClipTokenizer.open(folder, 77)).isInstanceOf(PackException.class)
        .hasMessageContaining("tokenizer.json: the vocabulary has no token <|startoftext|>");
    Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n");
    assertThatThrownBy(() -> BertTokenizer.open(folder.resolve("vocab.txt"), 35)).isInstanceOf(PackException.class)
        .hasMessageContaining("vocab.txt: the vocabulary has no token [SEP]");
  }

  private void copy(String... names) throws IOException {
    for (String name : names) {
      Files.copy(CASES.resolve("clip-tokenizer").resolve(name), folder.resolve(name));
    }
  }

  private static JsonNode strings(String name) throws IOException {
    return new ObjectMapper().readTree(CASES.resolve(name).resolve("strings.json").toFile());
  }

  private static long[] ids(JsonNode string) {
    return numbers(string.get("ids"));
  }

  private static long[] numbers(JsonNode list) {
    return LongStream.range(0, list.size()).map(i -> list.get((int) i).asLong()).toArray();
  }

  private static long[] ones(int count, int length) {
    return LongStream.range(0, length).map(i -> i < count ? 1 : 0).toArray();
  }
}
