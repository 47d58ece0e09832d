// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/**
 * The {@code tokenizer.json} of a CLIP vocabulary that was published as {@code vocab.json} and {@code merges.txt} only:
 * what Hugging Face's converter writes for {@code CLIPTokenizer}.
 */
final class BytePairs {

  private static final String WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private BytePairs() {}

  static JsonFile tokenizer(Path folder, String begin, String end) {
    JsonFile vocabulary = JsonFile.read(folder.resolve("vocab.json"));
    ObjectNode root = JSON.objectNode().put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    List.of(begin, end).forEach(mark -> added.add(special(vocabulary, mark)));
    root.set("normalizer", normalizer());
    root.set("pre_tokenizer", words());
    root.set("model", model(vocabulary.root(), merges(folder.resolve("merges.txt")), end));
    return new JsonFile(vocabulary.path(), root);
  }

  private static ObjectNode special(JsonFile vocabulary, String token) {
    JsonNode id = vocabulary.root().path(token);
    if (!id.isIntegralNumber()) {
      throw new PackException(vocabulary.path() + ": the vocabulary has no token " + token);
    }
    return JSON.objectNode().put("id", id.asLong()).put("content", token).put("single_word", false)
        .put("lstrip", false).put("rstrip", false).put("normalized", true).put("special", true);
  }

  private static ObjectNode normalizer() {
    ObjectNode spaces = type("Replace").put("content", " ");
    spaces.putObject("pattern").put("Regex", "\\s+");
    ObjectNode steps = type("Sequence");
    steps.putArray("normalizers").add(type("NFC")).add(spaces).add(type("Lowercase"));
    return steps;
  }

  private static ObjectNode words() {
    ObjectNode split = type("Split").put("behavior", "Removed").put("invert", true);
    split.putObject("pattern").put("Regex", WORDS);
    ObjectNode bytes =
        type("ByteLevel").put("add_prefix_space", false).put("trim_offsets", true).put("use_regex", true);
    ObjectNode steps = type("Sequence");
    steps.putArray("pretokenizers").add(split).add(bytes);
    return steps;
  }

  private static ObjectNode model(JsonNode vocabulary, ArrayNode merges, String unknown) {
    ObjectNode model = type("BPE").put("unk_token", unknown).put("continuing_subword_prefix", "")
        .put("end_of_word_suffix", "</w>").put("fuse_unk", false).put("byte_fallback", false);
    model.set("vocab", vocabulary);
    model.set("merges", merges);
    return model;
  }

  /** One merge a line, after a line with the version. */
  private static ArrayNode merges(Path file) {
    ArrayNode merges = JSON.arrayNode();
    int number = 0;
    for (String line : JsonFile.text(file).split("\n")) {
      number++;
      if (!line.isBlank() && !(number == 1 && line.startsWith("#version"))) {
        merges.add(pair(line.strip(), file, number));
      }
    }
    return merges;
  }

  private static ArrayNode pair(String line, Path file, int number) {
    String[] halves = line.split(" ");
    if (halves.length != 2) {
      throw new PackException(file + ":" + number + ": a merge has two halves and one space between, not \"" + line
          + "\"");
    }
    return JSON.arrayNode().add(halves[0]).add(halves[1]);
  }

  private static ObjectNode type(String name) {
    return JSON.objectNode().put("type", name);
  }
}
