// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.media.Format;
import io.i4vgen.media.VideoReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class SampleVbenchTest {

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  @Test
  void writesTheVideosThatVbenchLooksForAndGoesOnWhereItWas() throws Exception {
    String prompts = "samples/vbench/prompts.txt";
    String first = Files.readAllLines(Path.of(prompts)).get(0);
    assertThat(sample(prompts, "--videos", "2", "--part", "1/2")).as(text(screen.err)).isZero();
    assertThat(sample(prompts, "--videos", "2", "--part", "2/2")).as(text(screen.err)).isZero();
    for (String prompt : Files.readAllLines(Path.of(prompts))) {
      assertThat(folder.resolve("out/" + prompt + "-0.mp4")).isNotEmptyFile();
      assertThat(folder.resolve("out/" + prompt + "-1.mp4")).isNotEmptyFile();
    }
    Path second = folder.resolve("out/" + first + "-1.mp4");
    assertThat(VideoReader.info(second).fps()).isEqualTo(8);
    assertThat(Format.readRecipe(second)).contains("\"prompt\":\"" + first + "\"", "\"seed\":1");
    assertThat(folder.resolve("out/sampled-2-of-2.csv")).content().contains(first + "-1.mp4," + first + ",1,1,");
    FileTime written = Files.getLastModifiedTime(second);
    Files.delete(folder.resolve("out/" + first + "-0.mp4"));
    screen.err.reset();
    assertThat(sample(prompts, "--videos", "2")).isZero();
    assertThat(text(screen.err)).contains("    6/6  " + first + "-0.mp4  0 min left").doesNotContain("5/6");
    assertThat(Files.getLastModifiedTime(second)).isEqualTo(written);
    assertThat(text(screen.out)).contains("6 videos of 3 prompts are in ");
    assertThat(sample(prompts, "--videos", "2", "--seed", "5")).isEqualTo(2);
    assertThat(text(screen.err)).contains(first + "-0.mp4' was made with another route, seed");
  }

  @Test
  void whatCannotBeRunIsRefusedBeforeAnythingRuns() throws Exception {
    Path bad = Files.writeString(folder.resolve("bad.txt"), "a red star\na/b\n");
    assertThat(sample(bad.toString())).isEqualTo(2);
    assertThat(sample("nosuch.txt")).isEqualTo(2);
    String prompts = "samples/vbench/prompts.txt";
    assertThat(sample(prompts, "--fps", "0")).isEqualTo(2);
    assertThat(sample(prompts, "--part", "3/2")).isEqualTo(2);
    assertThat(sample(prompts, "--videos", "1", "--part", "4/5")).isEqualTo(2);
    assertThat(sample(prompts, "--videos", "-1")).isEqualTo(2);
    assertThat(sample(prompts, "--option", "stepps=1")).isEqualTo(2);
    assertThat(sample(prompts, "--option", "steps=0")).isEqualTo(2);
    assertThat(text(screen.err)).contains(bad + ":2: prompt 'a/b'", "'nosuch.txt': there is no such file",
        "fps is 0.0", "part 3/2", "part 4/5 has no videos: its number must be from 1 to 3, as many as there are",
        "--videos is -1", "'stepps'", "parameter 'steps' of the job is '0'");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  private int sample(String file, String... more) {
    List<String> all = new ArrayList<>(List.of("sample-vbench", file, "--out", folder.resolve("out").toString(),
        "--route", "text-to-video", "--option", "frames=3"));
    all.addAll(List.of(more));
    if (!all.contains("steps=0")) {
      all.addAll(List.of("--option", "steps=1"));
    }
    return I4vgen.run(all.toArray(String[]::new));
  }
}
