// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Finds the weights of one network among the files that {@code save_pretrained} and the hub leave in its folder: whole
 * or in shards, safetensors before torch files, full precision before the variant {@code fp16}.
 */
final class FolderWeights {

  private static final List<String> FORMS = List.of(".safetensors", ".bin");
  private static final List<String> VARIANTS = List.of("", ".fp16");
  private static final List<String> STEMS = List.of("diffusion_pytorch_model", "model", "pytorch_model");

  private final Path folder;

  private FolderWeights(Path folder) {
    this.folder = folder;
  }

  /** The names of the files, of which there is at least one. */
  static List<String> find(Path folder) {
    return new FolderWeights(folder).find();
  }

  private List<String> find() {
    for (String form : FORMS) {
      for (String variant : VARIANTS) {
        for (String stem : STEMS) {
          Optional<List<String>> found = find(stem, variant, form);
          if (found.isPresent()) {
            return found.get();
          }
        }
      }
    }
    throw new PackException("%s: has no weights: none of %s with %s, alone or with an index of shards"
        .formatted(folder, STEMS, FORMS));
  }

  private Optional<List<String>> find(String stem, String variant, String form) {
    String whole = stem + variant + form;
    if (Files.isRegularFile(folder.resolve(whole))) {
      return Optional.of(List.of(whole));
    }
    // Diffusers has moved the variant's name within the index's name.
    return List.of(stem + form + ".index" + variant + ".json", stem + variant + form + ".index.json").stream()
        .map(folder::resolve).filter(Files::isRegularFile).findFirst().map(FolderWeights::shards);
  }

  private static List<String> shards(Path index) {
    JsonNode map = JsonFile.read(index).root().path("weight_map");
    TreeSet<String> shards = new TreeSet<>();
    map.forEach(shard -> shards.add(shard.asText()));
    if (shards.isEmpty() || shards.stream().anyMatch(name -> name.isEmpty() || name.matches(".*[/\\\\].*"))) {
      throw new PackException("%s: weight_map names the shards %s, expected files beside it".formatted(index, shards));
    }
    return List.copyOf(shards);
  }
}
