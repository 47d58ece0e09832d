// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Part;
import io.i4vgen.media.Clip;
import io.i4vgen.media.ContactSheet;
import io.i4vgen.media.Picture;
import io.i4vgen.media.Png;
import io.i4vgen.media.Tags;
import io.i4vgen.stage.Images;
import io.i4vgen.stage.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes what every step made into a folder: the generation as {@code NN-stage.safetensors}, and a contact sheet where
 * there is something new to look at: the candidates with their rewards, the frames.
 */
final class Keep implements Progress {

  private final Path folder;
  private int count;

  Keep(Path folder) {
    this.folder = folder;
  }

  @Override
  public void finished(Generation result, String stage, Duration time) {
    String name = String.format(Locale.ROOT, "%02d-%s", ++count, stage);
    try {
      Files.createDirectories(folder);
      GenerationFile.write(result, folder.resolve(name + ".safetensors"));
      Optional<Picture> sheet = sheet(result, stage);
      if (sheet.isPresent()) {
        Png.write(sheet.get(), folder.resolve(name + ".png"), Tags.NONE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("--keep: can't write %s to %s: %s".formatted(name, folder, e.getMessage()), e);
    }
  }

  private static Optional<Picture> sheet(Generation result, String stage) {
    return switch (stage) {
      case "image-reward", "select-anchor" -> result.find(Part.IMAGES).map(images -> candidates(result, images));
      case "decode" -> result.find(Part.FRAMES).map(frames -> frames(result, frames));
      default -> Optional.empty();
    };
  }

  private static Picture candidates(Generation result, NDArray images) {
    int chosen = result.find(Fact.ANCHOR).map(Integer::valueOf).orElse(-1);
    List<Double> rewards = new ArrayList<>();
    for (float reward : result.rewards()) {
      rewards.add((double) reward);
    }
    return ContactSheet.ofCandidates(result.job().prompt(), Images.pictures(images), rewards, chosen);
  }

  private static Picture frames(Generation result, NDArray frames) {
    return ContactSheet.ofFrames(result.job().prompt(), new Clip(8, Images.pictures(frames)));
  }
}
