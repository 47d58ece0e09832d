// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.GenerationFile;
import io.i4vgen.media.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a video goes, so that it takes the place of no other one. */
final class VideoPlace {

  private VideoPlace() {}

  /**
   * The first of {@code x.mp4}, {@code x-2.mp4}, {@code x-3.mp4} ... that is free, or that holds what the same job has
   * made before: a job that is run again writes its own file again.
   *
   * @param recipe of the video that is to be written
   */
  static Path of(Path target, Format format, String recipe) {
    Path place = target;
    for (int number = 2; !isFor(recipe, format.first(place)); number++) {
      place = numbered(target, number);
    }
    return place;
  }

  private static Path numbered(Path target, int number) {
    String name = target.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return target.resolveSibling(name.substring(0, dot) + "-" + number + name.substring(dot));
  }

  /** Also what can't be looked at: whoever writes there is told why. */
  private static boolean isFor(String recipe, Path file) {
    try {
      return !Files.exists(file) || GenerationFile.isOfSameJob(recipe, Format.readRecipe(file));
    } catch (IOException e) {
      return false; // whatever it is, this program did not write it
    }
  }
}
