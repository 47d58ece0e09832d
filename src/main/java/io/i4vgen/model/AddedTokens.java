// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the files beside a vocabulary say of its tokens, as transformers reads them. {@code tokenizer_config.json} says
 * all if it has {@code added_tokens_decoder}. Else what {@code special_tokens_map.json} says wins over it (that is how
 * Stable Diffusion 2 is padded), and {@code added_tokens.json} has more tokens (those of textual inversion).
 */
final class AddedTokens {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String DECODER = "added_tokens_decoder";
  private static final List<String> MARKS = List.of("bos_token", "eos_token", "unk_token", "pad_token");
  private static final List<String> MORE = List.of("additional_special_tokens", "extra_special_tokens");

  private final ObjectNode says = JSON.objectNode();
  private final Set<String> special = new HashSet<>();
  private final List<ObjectNode> tokens = new ArrayList<>();

  /** @throws PackException if a file is not what it should be */
  AddedTokens(Path folder) {
    Path config = folder.resolve("tokenizer_config.json");
    says.setAll(object(config));
    boolean complete = says.has(DECODER);
    if (!complete) {
      says.setAll(object(folder.resolve("special_tokens_map.json")));
    }
    MARKS.forEach(mark -> special.add(mark(mark, "")));
    MORE.forEach(list -> says.path(list).forEach(token -> special.add(content(token, ""))));
    special.remove("");
    if (complete) {
      says.path(DECODER).properties().forEach(one -> add(config, one.getKey(), content(one.getValue(), ""),
          one.getValue()));
    } else {
      Path added = folder.resolve("added_tokens.json");
      object(added).properties().forEach(one -> add(added, one.getValue().asText(), one.getKey(), JsonFile.NONE));
    }
    tokens.sort(Comparator.comparing(token -> token.path("id").asInt()));
  }

  private static ObjectNode object(Path file) {
    JsonNode root = Files.exists(file) ? JsonFile.read(file).root() : JSON.objectNode();
    if (root instanceof ObjectNode object) {
      return object;
    }
    throw new PackException(file + ": must be a JSON object");
  }

  /** A token is written as a text, or as an object that has it as its content. */
  private static String content(JsonNode token, String usual) {
    return token.path("content").asText(token.asText(usual));
  }

  /** The token that stands at a mark's place. */
  String mark(String key, String usual) {
    return content(says.path(key), usual);
  }

  private void add(Path file, String id, String content, JsonNode flags) {
    if (!id.matches("\\d{1,9}") || content.isEmpty()) {
      throw new PackException(file + ": an added token must have a text and an id of 0 or more, is \"" + content
          + "\" with the id " + id);
    }
    tokens.add(token(content, flags).put("id", Integer.parseInt(id)));
  }

  private ObjectNode token(String content, JsonNode flags) {
    boolean isSpecial = flags.path("special").asBoolean(special.contains(content));
    ObjectNode token = JSON.objectNode().put("content", content).put("special", isSpecial)
        .put("normalized", flags.path("normalized").asBoolean(!isSpecial));
    List.of("single_word", "lstrip", "rstrip").forEach(flag -> token.put(flag, flags.path(flag).asBoolean(false)));
    return token;
  }

  /**
   * The tokenizer with these tokens, each found whole wherever a text has it.
   *
   * @throws PackException if it has no vocabulary
   */
  JsonFile addedTo(JsonFile tokenizer) {
    if (!tokenizer.root().path("model").path("vocab").isObject()) {
      throw new PackException(tokenizer.path() + ": has no model.vocab, so it is no tokenizer of CLIP's");
    }
    ObjectNode root = tokenizer.root().deepCopy();
    ArrayNode added = root.withArray("added_tokens");
    ObjectNode vocabulary = (ObjectNode) root.path("model").path("vocab");
    Set<String> known = new HashSet<>();
    added.forEach(token -> known.add(content(token, "")));
    for (ObjectNode token : tokens) {
      if (known.add(content(token, ""))) {
        // The native tokenizer counts on from its vocabulary's end, unless the vocabulary has the token.
        vocabulary.putIfAbsent(content(token, ""), token.path("id"));
        added.add(token.deepCopy().set("id", vocabulary.path(content(token, ""))));
      }
    }
    special.stream().sorted().filter(content -> vocabulary.has(content) && known.add(content)).forEach(content ->
        added.add(token(content, JsonFile.NONE).set("id", vocabulary.path(content))));
    return new JsonFile(tokenizer.path(), root);
  }
}
