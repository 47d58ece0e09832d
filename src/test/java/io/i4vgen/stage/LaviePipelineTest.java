// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.diffusion.TorchRandom;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.model.Lease;
import io.i4vgen.model.SmallPack;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.LavieUnet;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stages on a pack of LaVie's, with random weights. */
class LaviePipelineTest {

  @TempDir
  static Path folder;

  private static Pipelines pipelines;
  private static String pack;

  @BeforeAll
  static void open() throws Exception {
    pack = SmallPack.writeLavie(folder).toString();
    pipelines = new Pipelines(folder);
  }

  @AfterAll
  static void close() {
    pipelines.close();
  }

  /** A text of random numbers: the tokenizer of the pack knows more words than its text encoder. */
  private static final Stage TEXT = new Stage() {

    @Override
    public String name() {
      return "text-encode";
    }

    @Override
    public List<Setting<?>> settings() {
      return List.of();
    }

    @Override
    public Generation run(Generation in, StageContext context) {
      return in.with(Part.TEXT, new TorchRandom(5).normal(in.memory(), new Shape(2, 7, 24)));
    }
  };

  private static List<Stage> withText(List<Stage> stages) {
    return stages.stream().map(stage -> stage.name().equals(TEXT.name()) ? TEXT : stage).toList();
  }

  private static Job job(Map<String, String> parameters) {
    return new Job("test", "a red star", null, 7, pack, parameters);
  }

  @Test
  void freeNoiseAveragesInTheAttentionIfThePackSaysNothing() {
    Job job = job(Map.of("frames", "9", "context-windows.length", "4"));
    try (Generation made = pipelines.run(job, List.of(new ContextWindows(null, null, null, null, null), TEXT,
        new Noise(null, null, null, null), new Denoise(null, null, null)))) {
      assertThat(made.provenance().get(0).options()).containsEntry("mean", "attention");
      assertThat(made.parts().get(Part.VIDEO).getShape().get(0)).isEqualTo(9);
    }
  }

  @Test
  void aPackOfLaviesIsLoadedAsSuch() {
    try (Lease<Backbone> unet = pipelines.models().unet(pipelines.models().describe(pack))) {
      assertThat(unet.get()).isInstanceOf(LavieUnet.class);
      assertThat(unet.get().bytes()).isPositive();
    }
  }

  @Test
  void everyStageRunsOnItWithTheSamplerOfItsPack() {
    try (Generation made = pipelines.run(job(Map.of()),
        withText(Pipelines.without(Pipelines.i4vgen(), "image-reward", "encode-mp4")))) {
      assertThat(made.parts().get(Part.CANDIDATES).getShape()).isEqualTo(new Shape(2, 4, 8, 8));
      assertThat(made.parts().get(Part.FRAMES).getShape()).isEqualTo(new Shape(4, 3, 16, 16));
      for (String stage : List.of("candidates", "denoise")) {
        assertThat(made.provenance().stream().filter(step -> step.stage().equals(stage)).findFirst().orElseThrow()
            .options()).containsEntry("sampler", "ddpm");
      }
    }
  }

  @Test
  void imagesAreDrawnWithoutTemporalAttention() {
    List<Stage> stages = withText(Pipelines.i4vgen().subList(0, 2));
    try (Generation two = pipelines.run(job(Map.of("candidates", "2")), stages);
        Generation five = pipelines.run(job(Map.of("candidates", "5")), stages)) {
      NDArray difference = five.parts().get(Part.CANDIDATES).get("0:2").sub(two.parts().get(Part.CANDIDATES));
      assertThat(difference.abs().max().getFloat()).isLessThan(1e-3f);
    }
  }

  @Test
  void theFramesOfAVideoKnowOfEachOther() {
    List<Stage> stages = withText(Pipelines.textToVideo().subList(0, 3));
    Map<String, String> ddim = Map.of("sampler", "ddim", "frames", "4");
    try (Generation four = pipelines.run(job(ddim), stages);
        Generation two = pipelines.run(job(Map.of("sampler", "ddim", "frames", "2")), stages)) {
      NDArray difference = four.parts().get(Part.VIDEO).get("0:2").sub(two.parts().get(Part.VIDEO));
      assertThat(difference.abs().max().getFloat()).isGreaterThan(1e-2f);
    }
  }

  @Test
  void itHasNoLongestVideo() {
    List<Stage> stages = List.of(TEXT, new Noise(null, null, null, null),
        new FreeInit(null, null, null, null, null, null, null, null));
    Map<String, String> parameters = Map.of("frames", "33", "steps", "1", "free-init.iterations", "2");
    stages.forEach(stage -> stage.check(job(parameters), pipelines.models(), stages));
    try (Generation made = pipelines.run(job(parameters), stages)) {
      NDArray video = made.parts().get(Part.VIDEO);
      assertThat(video.getShape()).isEqualTo(new Shape(33, 4, 8, 8));
      assertThat(video.toType(DataType.FLOAT32, false).isNaN().any().getBoolean()).isFalse();
    }
  }
}
