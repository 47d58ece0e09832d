// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.GenerationFile;
import io.i4vgen.media.Clip;
import io.i4vgen.media.Existing;
import io.i4vgen.media.Format;
import io.i4vgen.media.NameTaken;
import io.i4vgen.media.Tags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Where a video goes, so that it takes the place of no other one. */
final class VideoPlace {

  private VideoPlace() {}

  /**
   * Writes a video to the first of {@code x.mp4}, {@code x-2.mp4}, {@code x-3.mp4} ... that is free, or that holds what
   * the same job has made before: a job that is run again writes its own file again. Other threads and processes may do
   * the same at the same time: the video itself, which appears whole, is what takes a name.
   *
   * @return the file, of several the first
   * @throws IOException naming the file that could not be written
   */
  static Path write(Clip clip, Path target, Format format, Tags tags) throws IOException {
    Path place = target;
    int number = 1;
    while (true) {
      Path first = format.first(place);
      // also a link to nothing has its name
      if (!Files.exists(first, LinkOption.NOFOLLOW_LINKS)) {
        try {
          return format.write(clip, place, tags, Existing.KEPT).get(0);
        } catch (NameTaken quicker) {
          continue; // see whose it is
        }
      }
      if (isOfSameJob(tags.recipe(), first)) {
        return format.write(clip, place, tags, Existing.REPLACED).get(0);
      }
      place = numbered(target, ++number);
    }
  }

  private static Path numbered(Path target, int number) {
    String name = target.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return target.resolveSibling(name.substring(0, dot) + "-" + number + name.substring(dot));
  }

  /** Whether the file holds a video of the job that {@code recipe} is of. */
  static boolean isOfSameJob(String recipe, Path file) {
    try {
      return GenerationFile.isOfSameJob(recipe, Format.readRecipe(file));
    } catch (IOException e) {
      return false; // whatever it is, this program did not write it
    }
  }
}
