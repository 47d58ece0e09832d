// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.i4vgen.diffusion.SamplerKind;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The option {@code sampler} of the steps, on the demo pack, whose own one is DDIM. */
class SamplersTest {

  private static final Path DIFFUSERS = Path.of("src/test/resources/diffusers/animatediff");
  private static final List<String> WARNINGS = new ArrayList<>();

  @TempDir
  static Path folder;

  private static Pipelines pipelines;

  @BeforeAll
  static void open() {
    pipelines = new Pipelines(folder, new Progress() {
      @Override
      public void warned(Job job, String message) {
        WARNINGS.add(message);
      }
    });
  }

  @AfterAll
  static void close() {
    pipelines.close();
  }

  private static Job job(Map<String, String> more) {
    Map<String, String> parameters = new HashMap<>(Map.of("steps", "4", "frames", "2", "candidates", "1"));
    parameters.putAll(more);
    return Pipelines.job("a red star moving right over green hills", 7, parameters);
  }

  private static List<Stage> textToVideo() {
    return Pipelines.textToVideo().subList(0, 3);
  }

  private static List<Stage> i4vgen() {
    return Pipelines.without(Pipelines.i4vgen(), "image-reward", "decode", "encode-mp4");
  }

  private static float[] video(Job job, List<Stage> stages) {
    try (Generation made = pipelines.run(job, stages)) {
      return made.parts().get(Part.VIDEO).toFloatArray();
    }
  }

  private static void check(Job job, List<Stage> route) {
    route.forEach(stage -> stage.check(job, pipelines.models(), route));
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow(a[i] - b[i], 2);
    }
    return Math.sqrt(sum / a.length);
  }

  @Test
  void everySamplerMakesAVideoOfItsOwnButEulersAreDdimAndDdpmOnTheirGrid() {
    Map<SamplerKind, float[]> videos = new EnumMap<>(SamplerKind.class);
    for (SamplerKind kind : SamplerKind.values()) {
      Job job = job(Map.of("sampler", kind.key()));
      videos.put(kind, video(job, textToVideo()));
      assertThat(video(job, textToVideo())).as("again by %s", kind.key()).isEqualTo(videos.get(kind));
    }
    assertThat(video(job(Map.of()), textToVideo())).isEqualTo(videos.get(SamplerKind.DDIM));
    assertThat(distance(videos.remove(SamplerKind.EULER), videos.get(SamplerKind.DDIM))).isLessThan(1e-3);
    assertThat(distance(videos.remove(SamplerKind.EULER_ANCESTRAL), videos.get(SamplerKind.DDPM))).isLessThan(1e-3);
    videos.forEach((one, video) -> videos.forEach((other, second) ->
        assertThat(one == other || distance(video, second) > 0.01).as("%s and %s", one.key(), other.key()).isTrue()));
  }

  @ParameterizedTest
  @EnumSource(SamplerKind.class)
  void theWholePipelineRunsWithEverySamplerAndSaysSo(SamplerKind kind) {
    Job job = job(Map.of("sampler", kind.key(), "noise.strength", "0.5"));
    check(job, i4vgen());
    try (Generation made = pipelines.run(job, i4vgen())) {
      float[] video = made.parts().get(Part.VIDEO).toFloatArray();
      assertThat(distance(video, new float[video.length])).isBetween(0.1, 20.0); // NI-VSDS with four steps leaps
      assertThat(made.provenance()).filteredOn(
          step -> List.of("candidates", "ni-vsds", "noise", "denoise").contains(step.stage())).hasSize(4)
          .allSatisfy(step -> assertThat(step.options()).containsEntry("sampler", kind.key()));
    }
  }

  @ParameterizedTest
  @EnumSource(SamplerKind.class)
  void freeInitSamplesWithEverySampler(SamplerKind kind) {
    Stage freeInit = new FreeInit("2", null, null, null, null, "true", null, null);
    List<Stage> route = List.of(new TextEncode(), new Noise(null, null, null, null), freeInit);
    Job job = job(Map.of("sampler", kind.key()));
    check(job, route);
    float[] video = video(job, route);
    assertThat(distance(video, new float[video.length])).isBetween(0.1, 3.0);
    assertThat(video).isNotEqualTo(video(job, textToVideo()));
  }

  @Test
  void aCandidateOfAnAncestralSamplerDoesNotDependOnHowManyThereAre() {
    List<Stage> stages = i4vgen().subList(0, 2);
    try (Generation one = pipelines.run(job(Map.of("sampler", "euler-ancestral", "candidates", "1")), stages);
        Generation two = pipelines.run(job(Map.of("sampler", "euler-ancestral", "candidates", "2")), stages)) {
      assertThat(two.parts().get(Part.CANDIDATES).get("0:1").toFloatArray()).usingComparatorWithPrecision(1e-4f)
          .containsExactly(one.parts().get(Part.CANDIDATES).toFloatArray());
    }
  }

  @ParameterizedTest
  @EnumSource(value = SamplerKind.class, names = {"EULER_ANCESTRAL", "DPM_SOLVER", "UNIPC"})
  void aGenerationThatWaitedInAFileBeforeItIsDenoisedGivesTheSameVideo(SamplerKind kind) {
    List<Stage> stages = Pipelines.without(i4vgen(), "ni-vsds");
    Job job = job(Map.of("sampler", kind.key(), "noise.strength", "0.8"));
    byte[] file;
    try (Generation noised = pipelines.run(job, stages.subList(0, stages.size() - 1))) {
      file = GenerationFile.write(noised);
    }
    try (NDManager memory = NDManager.newBaseManager("PyTorch")) {
      Generation read = GenerationFile.read(file, memory);
      Generation made = stages.get(stages.size() - 1).run(read,
          new StageContext(pipelines.models(), new Progress() {}, folder));
      assertThat(made.parts().get(Part.VIDEO).toFloatArray()).isEqualTo(video(job, stages));
    }
  }

  @Test
  void aMisspeltSamplerIsRefusedWithTheNamesThatThereAre() {
    assertThatThrownBy(() -> new Denoise(null, null, "dpm-solver")).isInstanceOf(BadJob.class).hasMessage(
        "parameter 'sampler' of i4vgen-denoise-action is 'dpm-solver': must be one of ddim, ddpm, euler,"
            + " euler-ancestral, dpm-solver++, unipc, lcm");
    assertThatThrownBy(() -> check(job(Map.of("sampler", "eular")), textToVideo())).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("parameter 'sampler' of the job is 'eular': must be one of ddim");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "ddim            | 1000 | steps 1000 with steps_offset 1 start at timestep 1000",
      "ddpm            | 1000 | steps 1000 with steps_offset 1 start at timestep 1000",
      "euler           | 1000 | steps 1000 with steps_offset 1 start at timestep 1000",
      "euler-ancestral | 1000 | steps 1000 with steps_offset 1 start at timestep 1000",
      "dpm-solver++    | 1000 | steps 1000 must be less than num_train_timesteps 1000",
      "dpm-solver++    | 999  | steps 1000 with steps_offset 1 start at timestep 1000",
      "unipc           | 1000 | steps 1000 must be less than num_train_timesteps 1000",
      "lcm             | 51   | steps 51 must be between 1 and 50 (original_inference_steps)"})
  void moreStepsThanTheGridHasRoomForAreRefusedBeforeAnythingRuns(String sampler, String steps, String reason) {
    Job job = job(Map.of("sampler", sampler, "steps", steps));
    for (Stage stage : List.of(new Candidates(null, null, null, null), new Noise(null, null, null, null),
        new NiVsds(null, null, null, null, null, null))) {
      assertThatThrownBy(() -> stage.check(job, pipelines.models(), List.of(stage))).isInstanceOf(BadJob.class)
          .hasMessageStartingWith("sampler %s of pack 'shapes' with %s steps: ".formatted(sampler, steps))
          .hasMessageContaining(reason);
    }
    assertThatCode(() -> check(job(Map.of("sampler", sampler, "steps", "50")), i4vgen())).doesNotThrowAnyException();
  }

  @Test
  void etaIsForDdimOnly() {
    check(job(Map.of("eta", "0.5")), textToVideo());
    assertThatThrownBy(() -> check(job(Map.of("eta", "0.5", "sampler", "unipc")), textToVideo()))
        .isInstanceOf(BadJob.class).hasMessageContaining("eta 0.5 is for sampler ddim; unipc has none");
  }

  @Test
  void theDenoiserTakesTheSamplerOfTheNoiseIfItHasNoneOfItsOwn() {
    Job job = job(Map.of("noise.sampler", "unipc"));
    assertThat(video(job, i4vgen())).isEqualTo(
        video(job(Map.of("noise.sampler", "unipc", "denoise.sampler", "unipc")), i4vgen()));
  }

  @Test
  void anySamplerDenoisesPureNoiseButANoisedVideoOnlyOneWithTheSameGrid() {
    Job own = job(Map.of("denoise.sampler", "lcm"));
    check(own, textToVideo());
    assertThat(video(own, textToVideo())).isEqualTo(video(job(Map.of("sampler", "lcm")), textToVideo()));
    String message = "the video was noised for sampler ddim, which begins at timestep 751.0, and is to be denoised by"
        + " lcm, which begins at 999.0: give i4vgen-noise-action the same sampler";
    assertThatThrownBy(() -> check(own, i4vgen())).isInstanceOf(BadJob.class).hasMessage(message);
    assertThatThrownBy(() -> video(own, i4vgen())).isInstanceOf(BadJob.class).hasMessage(message);
    check(job(Map.of("denoise.sampler", "euler")), i4vgen());
  }

  /** A video that is made, noised and denoised once more, with no anchor. */
  private static List<Stage> refining(Stage last) {
    return List.of(new TextEncode(), new Noise(null, null, null, null), new Denoise(null, null, null),
        new Noise("0.5", null, null, null), last);
  }

  @Test
  void aVideoOfTheRouteItselfIsANoisedOneToo() {
    List<Stage> refining = refining(new Denoise(null, null, "lcm"));
    String message = "the video was noised for sampler ddim, which begins at timestep 251.0, and is to be denoised by"
        + " lcm";
    assertThatThrownBy(() -> check(job(Map.of()), refining)).isInstanceOf(BadJob.class).hasMessageStartingWith(message);
    assertThatThrownBy(() -> video(job(Map.of()), refining)).isInstanceOf(BadJob.class).hasMessageStartingWith(message);
    check(job(Map.of("noise.sampler", "lcm")), refining);
  }

  @Test
  void freeInitNeedsTheNoisiestStepBeforeAnythingRuns() {
    List<Stage> refining = refining(new FreeInit("2", null, null, null, null, null, null, null));
    assertThatThrownBy(() -> check(job(Map.of()), refining)).isInstanceOf(BadJob.class).hasMessage(
        "i4vgen-free-init-action starts from the noisiest step; the video before it is noised to step 2: set"
            + " noise.strength to 1");
    check(job(Map.of("noise.strength", "1")), refining);
    check(job(Map.of("noise.strength", "0.5")), List.of(refining.get(1), refining.get(4))); // no video to be noised
  }

  @Test
  void freeInitNoisesAgainWithTheNoiseThatTheVideoHas() {
    Stage freeInit = new FreeInit("2", null, null, null, null, null, null, null);
    List<Stage> refining = refining(freeInit);
    StageContext context = new StageContext(pipelines.models(), new Progress() {}, folder);
    try (Generation noised = pipelines.run(job(Map.of("noise.strength", "1")), refining.subList(0, 4))) {
      float[] made = freeInit.run(noised, context).parts().get(Part.VIDEO).toFloatArray();
      assertThat(made).isNotEqualTo(
          freeInit.run(noised.with(Fact.NOISED, false), context).parts().get(Part.VIDEO).toFloatArray());
      assertThat(made).as("an anchor says nothing of the noise").isEqualTo(
          freeInit.run(noised.with(Part.ANCHOR, noised.parts().get(Part.NOISY).get("0:1").duplicate()), context)
              .parts().get(Part.VIDEO).toFloatArray());
    }
  }

  @Test
  void theSamplerOfAPublishedConfigurationIsTaken() throws IOException {
    assertThat(steps("EulerAncestralDiscreteScheduler").get("sampler")).isEqualTo("euler-ancestral");
    assertThat(WARNINGS).isEmpty();
    assertThat(steps("PNDMScheduler").get("sampler")).isEqualTo("ddim");
    assertThat(WARNINGS).singleElement().asString().contains("saved as PNDMScheduler", "sampled by ddim instead");
    WARNINGS.clear();
  }

  /** What the step that denoised says of itself, with a pack whose scheduler is of that class. */
  private static Map<String, String> steps(String className) throws IOException {
    Path pack = folder.resolve(className);
    try (Stream<Path> files = Files.walk(DIFFUSERS)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = pack.resolve(DIFFUSERS.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    Path scheduler = pack.resolve("scheduler/scheduler_config.json");
    Files.writeString(scheduler, Files.readString(scheduler).replace("DDIMScheduler", className));
    Job job = new Job("one", "a star", null, 1, pack.toString(), Map.of("steps", "2", "frames", "2"));
    try (Generation made = pipelines.run(job, textToVideo())) {
      return made.provenance().get(2).options();
    }
  }
}
