// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the weights of one network among the files that {@code save_pretrained} and the hub leave in its folder: whole
 * or in shards, safetensors before torch files, full precision before the variant {@code fp16}; another variant if it
 * is the only one that there is.
 */
final class FolderWeights {

  private static final List<String> FORMS = List.of(".safetensors", ".bin");
  private static final List<String> VARIANTS = List.of("", ".fp16");
  private static final List<String> STEMS = List.of("diffusion_pytorch_model", "model", "pytorch_model");
  /** Whole or an index, in the two forms of its name. */
  private static final Pattern VARIANT = Pattern.compile(
      "(?:%s)(?:\\.(\\w+)(?:%s)(?:\\.index\\.json)?|(?:%2$s)\\.index\\.(\\w+)\\.json)".formatted(
          String.join("|", STEMS), "\\.safetensors|\\.bin"));

  private final Path folder;

  private FolderWeights(Path folder) {
    this.folder = folder;
  }

  /** The names of the files, of which there is at least one. */
  static List<String> find(Path folder) {
    return new FolderWeights(folder).find();
  }

  private List<String> find() {
    return find(VARIANTS).orElseGet(() -> {
      Set<String> others = variants();
      String more = others.isEmpty() ? "" : "; of its variants " + String.join(", ", others) + " leave one there";
      return find(others.size() == 1 ? List.of("." + others.iterator().next()) : List.of()).orElseThrow(() ->
          new PackException("%s: has no weights: none of %s with %s, alone or with an index of shards%s"
              .formatted(folder, STEMS, FORMS, more)));
    });
  }

  private Optional<List<String>> find(List<String> variants) {
    for (String form : FORMS) {
      for (String variant : variants) {
        for (String stem : STEMS) {
          Optional<List<String>> found = find(stem, variant, form);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The names between the dots: {@code bf16}, {@code ema}, {@code non_ema}. */
  private Set<String> variants() {
    if (!Files.isDirectory(folder)) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> VARIANT.matcher(file.getFileName().toString())).filter(Matcher::matches)
          .map(name -> name.group(1) == null ? name.group(2) : name.group(1))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new PackException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
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
