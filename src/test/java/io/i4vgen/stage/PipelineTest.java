// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.MissingPart;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineTest extends WithPipelines {

  private static final String PROMPT = "a red star moving right over green hills";
  private static final Map<String, String> SHORT = Map.of("steps", "3", "candidates", "2", "frames", "4");

  /** Where Linux says how much memory a process has. */
  private static final Path STATUS = Path.of("/proc/self/status");

  @Test
  void everyStageLeavesWhatTheNextOneNeeds() throws Exception {
    try (Generation made = pipelines.run(shortJob(Map.of()), Pipelines.i4vgen())) {
      assertThat(shape(made, Part.TEXT)).isEqualTo(new Shape(2, 77, made.parts().get(Part.TEXT).getShape().get(2)));
      assertThat(shape(made, Part.CANDIDATES)).isEqualTo(new Shape(2, 4, 16, 16));
      assertThat(shape(made, Part.IMAGES)).isEqualTo(new Shape(2, 3, 128, 128));
      assertThat(shape(made, Part.ANCHOR)).isEqualTo(new Shape(1, 4, 16, 16));
      assertThat(shape(made, Part.VIDEO)).isEqualTo(new Shape(4, 4, 16, 16));
      assertThat(shape(made, Part.FRAMES)).isEqualTo(new Shape(4, 3, 128, 128));
      assertThat(made.parts().get(Part.FRAMES).getDataType()).isEqualTo(DataType.UINT8);
      assertThat(made.rewards()).hasSize(2);
      assertThat(made.provenance()).extracting(Step::stage).containsExactly("text-encode", "candidates",
          "image-reward", "select-anchor", "replicate", "ni-vsds", "noise", "denoise", "decode", "encode-mp4");
      assertThat(Path.of(made.facts().get(Fact.FILE))).isEqualTo(folder.resolve("test.mp4")).isNotEmptyFile();
    }
  }

  @Test
  void theAnchorIsTheCandidateWithTheHighestReward() {
    try (Generation made = pipelines.run(job(Map.of("steps", "3", "candidates", "4")),
        Pipelines.i4vgen().subList(0, 4))) {
      int anchor = Integer.parseInt(made.facts().get(Fact.ANCHOR));
      for (float reward : made.rewards()) {
        assertThat(reward).isLessThanOrEqualTo(made.rewards()[anchor]);
      }
      assertThat(made.parts().get(Part.ANCHOR)).isEqualTo(made.parts().get(Part.CANDIDATES).get("{}:{}", anchor,
          anchor + 1));
    }
  }

  @Test
  void aFolderOfDiffusersMakesAVideoAlthoughItHasNoRewardNetwork() {
    Job job = new Job("folder", PROMPT, null, 7, "src/test/resources/diffusers/animatediff",
        Map.of("steps", "2", "candidates", "2"));
    try (Generation made = pipelines.run(job, Pipelines.i4vgen())) {
      assertThat(made.rewards()).isEmpty();
      assertThat(made.facts().get(Fact.ANCHOR)).isEqualTo("0");
      assertThat(shape(made, Part.FRAMES)).isEqualTo(new Shape(8, 3, 64, 64));
      assertThat(folder.resolve("folder.mp4")).isNotEmptyFile();
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "      | 10.0,10.0,10.0,1.0 | fraction | 0.6",
      "code  | 10.0,10.0,10.0,1.0 | fraction | 0.6",
      "paper | 1.0                | until    | 0.4",
  })
  void aFolderOfDiffusersHasThePresetsOfCodeAndPaper(String preset, String sizes, String extent, String value) {
    Map<String, String> parameters = new HashMap<>(Map.of("steps", "2", "candidates", "1", "frames", "2"));
    if (preset != null) {
      parameters.put("preset", preset);
    }
    Job job = new Job("folder", PROMPT, null, 7, "src/test/resources/diffusers/animatediff", parameters);
    try (Generation made = pipelines.run(job, Pipelines.i4vgen().subList(0, 6))) {
      assertThat(made.provenance().get(5).options()).hasSize(5).containsEntry("stepSize", sizes)
          .containsEntry(extent, value);
    }
  }

  @Test
  void everyCallOfTheUnetIsCounted() {
    List<String> calls = new ArrayList<>();
    Progress counting = new Progress() {
      @Override
      public void predicted(Job job, boolean motion) {
        calls.add(motion ? "video" : "image");
      }
    };
    try (Pipelines counted = new Pipelines(folder, counting);
        Generation made = counted.run(shortJob(Map.of("ni-vsds.fraction", "0.5")), Pipelines.i4vgen())) {
      int steps = Integer.parseInt(SHORT.get("steps"));
      assertThat(Collections.frequency(calls, "image")).isEqualTo(steps);
      int animated = steps / 2 + 1;
      assertThat(Collections.frequency(calls, "video")).isEqualTo(animated + steps);
      assertThat(made.find(Part.FRAMES)).isPresent();
    }
  }

  @Test
  void generatesTheSameVideoForTheSameSeed() throws Exception {
    byte[] first = video(shortJob(Map.of()), Pipelines.i4vgen());
    assertThat(video(shortJob(Map.of()), Pipelines.i4vgen())).isEqualTo(first);
  }

  @Test
  void anotherSeedGivesAnotherVideo() throws Exception {
    Job other = Pipelines.job(PROMPT, 8, SHORT);
    assertThat(video(other, Pipelines.i4vgen())).isNotEqualTo(video(shortJob(Map.of()), Pipelines.i4vgen()));
  }

  @Test
  void aCandidateDoesNotDependOnHowManyThereAre() {
    List<Stage> two = Pipelines.i4vgen().subList(0, 2);
    try (Generation few = pipelines.run(job(Map.of("steps", "3", "candidates", "2")), two);
        Generation many = pipelines.run(job(Map.of("steps", "3", "candidates", "5")), two)) {
      float[] expected = few.parts().get(Part.CANDIDATES).toFloatArray();
      assertThat(many.parts().get(Part.CANDIDATES).get("0:2").toFloatArray())
          .usingComparatorWithPrecision(1e-4f).containsExactly(expected);
    }
  }

  @Test
  void theBaselineStartsFromTheNoiseOfTheCandidates() {
    try (Generation baseline = pipelines.run(shortJob(Map.of()), Pipelines.textToVideo().subList(0, 2))) {
      float[] noise = baseline.parts().get(Part.NOISY).toFloatArray();
      float[] drawn = new io.i4vgen.diffusion.Seeds(7).random("initial")
          .draw(baseline.memory(), new Shape(4, 4, 16, 16)).toFloatArray();
      assertThat(noise).isEqualTo(drawn);
    }
  }

  @Test
  void everyLineThatIsAnAblationCanBeLeftOut() throws Exception {
    byte[] whole = video(shortJob(Map.of()), Pipelines.i4vgen());
    for (List<Stage> ablation : List.of(Pipelines.without(Pipelines.i4vgen(), "ni-vsds"),
        Pipelines.without(Pipelines.i4vgen(), "noise", "denoise"), Pipelines.textToVideo())) {
      assertThat(video(shortJob(Map.of()), ablation)).isNotEqualTo(whole);
    }
    try (Generation unscored = pipelines.run(shortJob(Map.of()),
        Pipelines.without(Pipelines.i4vgen(), "image-reward"))) {
      assertThat(unscored.facts()).containsEntry(Fact.ANCHOR, "0");
    }
  }

  @Test
  void aStageNamesTheStepThatIsMissingBeforeIt() {
    Map<String, String> missing = Map.of("text-encode", "i4vgen-text-encode-action",
        "candidates", "i4vgen-candidates-action", "select-anchor", "i4vgen-select-anchor-action",
        "replicate", "i4vgen-replicate-action", "denoise", "i4vgen-denoise-action", "decode", "i4vgen-decode-action");
    missing.forEach((left, named) -> assertThatThrownBy(
        () -> pipelines.run(shortJob(Map.of()), Pipelines.without(Pipelines.i4vgen(), left)).close())
        .isInstanceOf(MissingPart.class).hasMessageContaining(named));
  }

  @Test
  void theJobWinsOverTheRouteAndTheRouteOverThePack() {
    Stage route = new Candidates("2", "2", null, null);
    try (Generation made = pipelines.run(job(Map.of("steps", "1")), List.of(new TextEncode(), route))) {
      assertThat(made.provenance().get(1).options())
          .containsEntry("count", "2").containsEntry("steps", "1").containsKey("guidance");
    }
  }

  @Test
  void thePresetsAreThoseOfCodeAndPaper() {
    assertThat(niVsds("code")).containsEntry("stepSize", "10.0,10.0,10.0,1.0").containsEntry("fraction", "0.6");
    assertThat(niVsds("paper")).containsEntry("stepSize", "1.0").containsEntry("until", "0.4");
  }

  @Test
  void ofTwoWaysToSayOneThingTheNearerToTheJobHolds() {
    List<Stage> stages = Pipelines.i4vgen().subList(0, 6);
    try (Generation made = pipelines.run(shortJob(Map.of("ni-vsds.until", "0.9")), stages)) {
      assertThat(made.provenance().get(5).options()).containsEntry("until", "0.9").doesNotContainKey("fraction");
    }
    Job both = shortJob(Map.of("ni-vsds.until", "0.9", "ni-vsds.fraction", "0.1"));
    assertThatThrownBy(() -> stages.get(5).check(both, pipelines.models(), stages)).isInstanceOf(BadJob.class)
        .hasMessage("parameter 'ni-vsds.fraction' of the job and parameter 'ni-vsds.until' of the job say one thing in "
            + "two ways: leave one of them out");
  }

  @Test
  void aValueOutOfRangeIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> new Candidates("0", null, null, null)).isInstanceOf(BadJob.class)
        .hasMessage("parameter 'count' of i4vgen-candidates-action is '0': must be a whole number from 1 to 1024");
    assertThatThrownBy(() -> pipelines.run(job(Map.of("noise.strength", "1.5")), Pipelines.i4vgen()).close())
        .isInstanceOf(BadJob.class)
        .hasMessage("parameter 'noise.strength' of the job is '1.5': must be a number from 0 to 1");
    for (String outside : List.of("/tmp/x.mp4", "../x.mp4", "a/../../x.mp4")) {
      Setting<?> file = new EncodeVideo(null, null, null).settings().get(0);
      assertThatThrownBy(() -> file.check(job(Map.of("encode-mp4.file", outside)))).isInstanceOf(BadJob.class)
          .hasMessageContaining("must be a file's name below the output folder");
    }
    assertThatThrownBy(() -> new NiVsds("1,x", null, null, null, null, null)).isInstanceOf(BadJob.class)
        .hasMessageContaining("'1,x'").hasMessageContaining("stepSize");
  }

  @Test
  void aFilesNameAndAFormatThatContradictEachOtherAreRefusedBeforeAnythingRuns() {
    EncodeVideo encode = new EncodeVideo(null, null, "mp4");
    StageContext plain = new StageContext(pipelines.models(), new Progress() {}, Path.of("out/{id}"));
    StageContext mp4 = new StageContext(pipelines.models(), new Progress() {}, Path.of("out/{id}.mp4"));
    Job named = job(Map.of("encode-mp4.file", "x.gif"));
    assertThatThrownBy(() -> encode.check(named, plain, List.of(encode))).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("the file 'x.gif' ends with '.gif', but the format is 'mp4'");
    assertThatThrownBy(() -> encode.check(job(Map.of("format", "png")), mp4, List.of(encode)))
        .isInstanceOf(BadJob.class)
        .hasMessageStartingWith("the file '{id}.mp4' ends with '.mp4', but the format is 'png'");
    encode.check(named.with("format", "gif"), plain, List.of(encode));
    encode.check(named.with("format", "gif"), mp4, List.of(encode));
    encode.check(job(Map.of("format", "png")), plain, List.of(encode));
  }

  @Test
  void aVideoThatCanNotBeWrittenIsRefusedBeforeAnythingRuns() throws Exception {
    Path place = Files.createDirectories(folder.resolve("unwritable"));
    Path file = Files.writeString(place.resolve("notes.txt"), "not a folder");
    Files.createDirectories(place.resolve("taken.mp4"));
    EncodeVideo encode = new EncodeVideo(null, null, null);
    StageContext context = new StageContext(pipelines.models(), new Progress() {}, place.resolve("{id}"));
    assertThatThrownBy(() -> encode.check(job(Map.of("encode-mp4.file", "notes.txt/a/{id}.mp4")), context, List.of()))
        .isInstanceOf(BadJob.class).hasMessage("parameter 'encode-mp4.file' of the job is 'notes.txt/a/{id}.mp4':"
            + " can't be written: '%s' is a file, not a folder".formatted(file));
    assertThatThrownBy(() -> encode.check(job(Map.of("encode-mp4.file", "taken.mp4")), context, List.of()))
        .isInstanceOf(BadJob.class).hasMessageEndingWith("is 'taken.mp4': can't be written: that is a folder");
    StageContext below = new StageContext(pipelines.models(), new Progress() {}, file.resolve("{id}"));
    assertThatThrownBy(() -> encode.check(job(Map.of()), below, List.of())).isInstanceOf(BadJob.class)
        .hasMessage("the video '%s': can't be written: '%s' is a file, not a folder".formatted(
            file.resolve("test.mp4"), file));
    encode.check(job(Map.of("encode-mp4.file", "taken.mp4/x.mp4")), context, List.of());
    encode.check(job(Map.of("encode-mp4.file", "new/one/{id}.mp4")), context, List.of());
    assertThat(place.resolve("new")).doesNotExist();
  }

  @Test
  void fiftyGenerationsLeaveNothingBehind() throws Exception {
    Job smallest = job(Map.of("steps", "1", "candidates", "1", "frames", "2"));
    for (int i = 0; i < 5; i++) {
      video(smallest, Pipelines.i4vgen());
    }
    int tensors = pipelines.tensors();
    long memory = Files.isReadable(STATUS) ? residentKibibytes() : -1;
    for (int i = 0; i < 50; i++) {
      video(smallest, Pipelines.i4vgen());
      assertThat(pipelines.tensors()).isEqualTo(tensors);
    }
    assumeThat(memory).as("resident memory is only told by Linux").isPositive();
    assertThat(residentKibibytes() - memory).as("growth of the resident memory in KiB").isLessThan(48 * 1024);
  }

  @Test
  void aStageThatFailsLeavesNothingBehind() {
    pipelines.run(shortJob(Map.of()), Pipelines.i4vgen()).close();
    int tensors = pipelines.tensors();
    assertThatThrownBy(() -> pipelines.run(shortJob(Map.of()), Pipelines.without(Pipelines.i4vgen(), "decode")))
        .isInstanceOf(MissingPart.class);
    assertThat(pipelines.tensors()).isEqualTo(tensors);
  }

  private static Map<String, String> niVsds(String preset) {
    try (Generation made = pipelines.run(shortJob(Map.of("preset", preset)), Pipelines.i4vgen().subList(0, 6))) {
      return made.provenance().get(5).options();
    }
  }

  private static byte[] video(Job job, List<Stage> stages) throws Exception {
    try (Generation made = pipelines.run(job, stages)) {
      return Files.readAllBytes(Path.of(made.facts().get(Fact.FILE)));
    }
  }

  private static Job shortJob(Map<String, String> more) {
    Map<String, String> parameters = new HashMap<>(SHORT);
    parameters.putAll(more);
    return job(parameters);
  }

  private static Job job(Map<String, String> parameters) {
    return Pipelines.job(PROMPT, 7, parameters);
  }

  private static Shape shape(Generation generation, Part part) {
    return generation.parts().get(part).getShape();
  }

  /** Not what the heap has touched for the first time meanwhile. */
  private static long residentKibibytes() throws Exception {
    System.gc();
    return Files.readAllLines(STATUS).stream().filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
  }
}
