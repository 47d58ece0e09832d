// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.Lora;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Which networks files of low-rank updates update: a file is opened once, for every step of every job asks. */
final class LoraFiles {

  private static final int REMEMBERED = 1000;

  private final Cache<String, List<Kind>> kinds = Caffeine.newBuilder().maximumSize(REMEMBERED).build();

  /** @throws PackException if the file is not there, or is no LoRA */
  List<Kind> updatedBy(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new PackException(file + ": no such file" + (file.toString().contains(",")
          ? "; if it was to be several, repeat --lora for each, or leave out the quotes in the parameter loras" : ""));
    }
    return kinds.get(PackFiles.stamp(file), stamp -> read(file));
  }

  private static List<Kind> read(Path file) {
    try (Lora lora = Lora.open(file)) {
      return Arrays.stream(Kind.values()).filter(kind -> kind.updatedAs().filter(lora::updates).isPresent()).toList();
    } catch (BadWeights e) {
      throw new PackException(e.getMessage(), e);
    }
  }
}
