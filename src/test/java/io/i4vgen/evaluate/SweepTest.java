// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.media.Format;
import io.i4vgen.media.VideoReader;
import io.i4vgen.model.Models;
import io.i4vgen.stage.Candidates;
import io.i4vgen.stage.Decode;
import io.i4vgen.stage.ImageReward;
import io.i4vgen.stage.NiVsds;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.Replicate;
import io.i4vgen.stage.SelectAnchor;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.TextEncode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepTest {

  private static final String PROMPT = "a red star moving right over green hills";
  private static final List<Axis> AXES = List.of(Axis.parse("ni-vsds.stepSize=1;10,10,1"),
      Axis.parse("ni-vsds.guidance=2,7.5"));

  private final List<String> started = new ArrayList<>();

  @TempDir
  Path folder;

  @Test
  void makesAVideoOfEveryCombinationAndWhatTheyShareOnce() throws IOException {
    Path sheet = run(PROMPT, AXES);
    assertThat(sheet).isEqualTo(folder.resolve("sweep.png")).isNotEmptyFile();
    assertThat(Collections.frequency(started, "candidates")).isEqualTo(1);
    assertThat(Collections.frequency(started, "ni-vsds")).isEqualTo(4);
    List<String> table = Files.readAllLines(folder.resolve("sweep.csv"));
    assertThat(table).hasSize(5).first().isEqualTo("ni-vsds.stepSize,ni-vsds.guidance,reward,seconds,image_calls,"
        + "video_calls,dynamic_degree,speed,flicker,recipe,file");
    assertThat(table.get(3)).startsWith("\"10,10,1\",2,").contains(",2,2,").endsWith("guidance=2.mp4\"");
    Path video = folder.resolve("ni-vsds.stepSize=10,10,1_ni-vsds.guidance=2.mp4");
    assertThat(VideoReader.read(video).frames()).hasSize(4);
    assertThat(Format.readRecipe(video)).contains("\"ni-vsds.guidance\":\"2\"", "\"ni-vsds.stepSize\":\"10,10,1\"",
        "\"prompt\":\"" + PROMPT + "\"", "\"route\":\"short\",\"preset\":\"code\"");
  }

  @Test
  void whatIsThereIsNotMadeAgain() throws IOException {
    run(PROMPT, AXES);
    Path table = folder.resolve("sweep.csv");
    List<String> whole = Files.readAllLines(table);
    Files.writeString(table, String.join("\n", whole.subList(0, 4)) + "\n" + whole.get(4).substring(0, 9));
    Files.delete(folder.resolve("ni-vsds.stepSize=1_ni-vsds.guidance=7.5.mp4"));
    started.clear();
    run(PROMPT, AXES);
    assertThat(Collections.frequency(started, "decode")).isEqualTo(2);
    assertThat(Files.readAllLines(table)).hasSize(5).allMatch(line -> line.split(",").length >= 11);
    started.clear();
    run(PROMPT, List.of(AXES.get(0), Axis.parse("ni-vsds.guidance=2,7.5,4")));
    assertThat(Collections.frequency(started, "decode")).isEqualTo(2);
  }

  @Test
  void theVideosOfOtherSweepsAreNotMixedIn() throws IOException {
    run(PROMPT, AXES.subList(0, 1));
    assertThatThrownBy(() -> run(PROMPT, AXES)).isInstanceOf(BadJob.class)
        .hasMessageContaining("is a table of another sweep (ni-vsds.stepSize,reward");
    assertThatThrownBy(() -> run("a blue ring", AXES.subList(0, 1))).isInstanceOf(BadJob.class)
        .hasMessageContaining("its videos were made with another prompt");
    Files.writeString(folder.resolve("sweep.csv"), "x\n1\n");
    assertThatThrownBy(() -> run(PROMPT, List.of(Axis.parse("x=1")))).isInstanceOf(BadJob.class);
  }

  @Test
  void badAxesAreNamed() {
    assertThat(Axis.parse("a.b=10,10,1;").values()).containsExactly("10,10,1");
    for (String bad : List.of("noise.strength", "noise.strength=", "=1", "a=1,,2")) {
      assertThatThrownBy(() -> Axis.parse(bad)).isInstanceOf(BadJob.class)
          .hasMessageContaining("must be OPTION=VALUE,VALUE");
    }
    assertThatThrownBy(() -> Axis.parse("a=1,2,1")).hasMessage("--vary 'a=1,2,1': a value is there twice");
    Axis axis = Axis.parse("a=1,2");
    assertThatThrownBy(() -> plan(PROMPT, List.of(axis, axis))).hasMessageContaining("two --vary have one option");
    assertThatThrownBy(() -> plan(PROMPT, List.of())).hasMessageContaining("nothing is varied");
    List<Axis> many = List.of("a", "b", "c", "d").stream().map(name -> Axis.parse(name + "=1,2,3,4,5,6")).toList();
    assertThatThrownBy(() -> plan(PROMPT, many)).hasMessage("1296 combinations of values: at most 1000");
  }

  @Test
  void cellsHaveFileNamesOfTheirOwn() {
    List<Cell> cells = Cell.all(List.of(Axis.parse("image=a/b.png,a_b.png,ä.png," + "x".repeat(300) + ","
        + "x".repeat(301))));
    assertThat(cells).extracting(Cell::fileName).doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[A-Za-z0-9._=,-]{1,140}"));
  }

  @Test
  void linesOfValuesAreReadAsTheyWereWritten() {
    List<String> values = List.of("1", "10,10,1", "", "a \"b\", c");
    assertThat(Csv.line(values)).isEqualTo("1,\"10,10,1\",,\"a \"\"b\"\", c\"");
    assertThat(Csv.values(Csv.line(values))).isEqualTo(values);
  }

  private Sweep.Plan plan(String prompt, List<Axis> axes) {
    return new Sweep.Plan(prompt, null, 1, axes, folder);
  }

  private Path run(String prompt, List<Axis> axes) throws IOException {
    Progress counting = new Progress() {
      @Override
      public void started(Job job, String stage) {
        started.add(stage);
      }
    };
    List<Stage> stages = List.of(new TextEncode(), new Candidates(null, null, null, null), new ImageReward(null),
        new SelectAnchor(), new Replicate(null), new NiVsds(null, null, null, null, null, null), new Decode(null));
    try (NDManager memory = NDManager.newBaseManager("PyTorch");
        Models models = new Models(List.of(Path.of("plugins")), memory, Device.cpu(), Optional.empty(), 1L << 30)) {
      StageContext context = new StageContext(models, counting, Path.of("{id}"));
      Pipeline pipeline = new Pipeline("short", stages, "shapes",
          Map.of("steps", "2", "candidates", "2", "frames", "4"));
      return new Sweep(context, memory, pipeline, plan(prompt, axes)).run((row, done, total, left) -> {});
    }
  }
}
