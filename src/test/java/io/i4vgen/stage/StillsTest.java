// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.generation.Job;
import io.i4vgen.model.SmallPack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user is told of a model of images that a video is asked of. */
class StillsTest {

  @TempDir
  Path folder;

  private final List<String> warnings = new ArrayList<>();

  private List<String> warnings(Path pack, String frames, Stage last) {
    warnings.clear();
    Progress progress = new Progress() {
      @Override
      public void warned(Job job, String message) {
        warnings.add(message);
      }
    };
    try (Pipelines pipelines = new Pipelines(folder, progress)) {
      pipelines.run(new Job("test", "a star", null, 7, pack.toString(), Map.of("steps", "2", "frames", frames)),
          List.of(new TextEncode(), new Noise(null, null, null, null), last)).close();
    }
    return warnings;
  }

  @Test
  void aClipOfAModelWithoutMotionIsReportedAndASinglePictureIsNot() throws IOException {
    Path pack = SmallPack.write(folder);
    Stage freeInit = new FreeInit("1", null, null, null, null, null, null, null);
    assertThat(warnings(pack, "3", new Denoise(null, null, null))).isEmpty();
    Path yaml = pack.resolve("plugin.yaml");
    Files.writeString(yaml, Files.readString(yaml).replaceFirst("  motion: .*\n", ""));
    Path unet = pack.resolve("unet/config.json"); // a UNetMotionModel's
    Files.writeString(unet, Files.readString(unet).replace("motion_max_seq_length", "unknown_key_of_theirs"));
    for (Stage last : List.of(new Denoise(null, null, null), freeInit)) {
      assertThat(warnings(pack, "3", last)).singleElement().asString().startsWith("pack 'small' has no motion modules:"
          + " its frames do not know of each other, and the video is a row of 3 pictures");
      assertThat(warnings(pack, "1", last)).isEmpty();
    }
  }
}
