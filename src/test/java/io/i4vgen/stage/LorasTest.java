// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackException;
import io.i4vgen.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The job's parameter {@code loras}, on the demo pack. */
class LorasTest extends WithPipelines {

  private static final String CONV = "lora_unet_conv_in";
  private static final String MLP = "lora_te_text_model_encoder_layers_0_mlp_fc1";

  @BeforeAll
  static void write() throws IOException {
    try (NDManager memory = NDManager.newBaseManager("PyTorch")) {
      NDArray down = memory.ones(new Shape(1, 4, 3, 3)).mul(0.05);
      NDArray up = memory.ones(new Shape(32, 1, 1, 1));
      Map<String, NDArray> unet = Map.of(CONV + ".lora_down.weight", down, CONV + ".lora_up.weight", up);
      Map<String, NDArray> text = Map.of(MLP + ".lora_down.weight", memory.ones(new Shape(1, 128)).mul(0.05),
          MLP + ".lora_up.weight", memory.ones(new Shape(512, 1)));
      Safetensors.write(folder.resolve("unet.safetensors"), unet, Map.of());
      Safetensors.write(folder.resolve("text.safetensors"), text, Map.of());
      Safetensors.write(folder.resolve("twice.safetensors"), Map.of(CONV + ".lora_down.weight", down.mul(2),
          CONV + ".lora_up.weight", up), Map.of());
      Safetensors.write(folder.resolve("other.safetensors"), Map.of(CONV + ".lora_down.weight",
          memory.ones(new Shape(1, 5, 3, 3)), CONV + ".lora_up.weight", up), Map.of());
      Safetensors.write(folder.resolve("none.safetensors"), Map.of("conv_in.weight", down), Map.of());
    }
  }

  private static Job job(String loras) {
    String paths = loras.replaceAll("(\\w+\\.safetensors)", folder.toString() + "/$1");
    Map<String, String> small = Map.of("steps", "2", "frames", "2");
    Job job = Pipelines.job("a red star moving right over green hills", 7, small);
    return loras.isEmpty() ? job : job.with("loras", paths);
  }

  private static float[] made(String loras, Part part) {
    try (Generation made = pipelines.run(job(loras), Pipelines.textToVideo().subList(0, 3))) {
      return made.parts().get(part).toFloatArray();
    }
  }

  @Test
  void updatesCountForTheJobThatAsksForThemAndForNoOther() {
    float[] plain = made("", Part.VIDEO);
    long loads = pipelines.models().counts().loads();
    float[] updated = made("unet.safetensors@0.25", Part.VIDEO);
    assertThat(updated).isNotEqualTo(plain);
    assertThat(pipelines.models().counts().loads() - loads).as("a view of the UNet, and nothing else").isEqualTo(1);
    assertThat(made("", Part.VIDEO)).isEqualTo(plain);
    assertThat(made("unet.safetensors@0.250", Part.VIDEO)).isEqualTo(updated);
    assertThat(made("unet.safetensors@0", Part.VIDEO)).isEqualTo(plain);
  }

  @Test
  void aFileThatHasBecomeAnotherOneIsReadAgain() throws IOException {
    Path file = Files.copy(folder.resolve("unet.safetensors"), folder.resolve("changing.safetensors"));
    float[] before = made("changing.safetensors", Part.VIDEO);
    Files.delete(file);
    Files.copy(folder.resolve("twice.safetensors"), file);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThat(made("changing.safetensors", Part.VIDEO)).isNotEqualTo(before);
  }

  @Test
  void aFileIsNotOpenedAgainAtEveryStepButIfItHasChanged() throws IOException {
    Path file = Files.copy(folder.resolve("unet.safetensors"), folder.resolve("opened.safetensors"));
    FileTime time = Files.getLastModifiedTime(file);
    StageContext context = new StageContext(pipelines.models(), new Progress() {}, folder.resolve("{id}"));
    try (NDManager memory = NDManager.newBaseManager("PyTorch");
        Generation generation = Generation.of(job("opened.safetensors"), memory)) {
      PackDescription pack = context.pack(generation);
      Files.write(file, new byte[(int) Files.size(file)]);
      Files.setLastModifiedTime(file, time);
      assertThat(context.pack(generation)).isEqualTo(pack);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1));
      assertThatThrownBy(() -> context.pack(generation)).isInstanceOf(PackException.class)
          .hasMessageContaining("opened.safetensors");
    }
  }

  @Test
  void severalAddUpEachWithItsScale() {
    assertThat(made("unet.safetensors@3, twice.safetensors@-1", Part.VIDEO))
        .usingComparatorWithPrecision(1e-4f).containsExactly(made("unet.safetensors", Part.VIDEO));
  }

  @Test
  void theTextEncoderIsUpdatedToo() {
    assertThat(made("text.safetensors@0.5", Part.TEXT)).isNotEqualTo(made("", Part.TEXT));
    assertThat(made("unet.safetensors", Part.TEXT)).isEqualTo(made("", Part.TEXT));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "nowhere.safetensors          | nowhere.safetensors: no such file",
      "none.safetensors             | conv_in.weight is no part of a LoRA",
      "other.safetensors@0.5        | pack 'shapes', network 'unet'",
      "other.safetensors            | expected a product of shape (32, 4, 3, 3)"})
  void refusesFilesThatAreNoUpdatesOfThisPack(String loras, String message) {
    assertThatThrownBy(() -> Loras.check(job(loras), pipelines.models())).isInstanceOf(PackException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "unet.safetensors@1e9", "unet.safetensors,", "unet.safetensors, unet.safetensors@0.5", ",", "@1,"})
  void refusesWhatIsNoListOfFiles(String loras) {
    assertThatThrownBy(() -> Loras.check(job(loras), pipelines.models())).isInstanceOf(BadJob.class)
        .hasMessageContaining("parameter 'loras' of the job is").hasMessageContaining("must be FILE or FILE@SCALE");
  }

  @Test
  void pathsAreMovedWithTheirScales() {
    Job moved = Loras.moved(job("").with("loras", "a b.safetensors, c@d.ckpt@-0.0005"), Path.of("/loras")::resolve);
    assertThat(moved.parameters()).containsEntry("loras", "/loras/a b.safetensors, /loras/c@d.ckpt@-0.0005");
    String odd = "\"/x, y/a b.safetensors\", \"/x, y/c@d.ckpt\"@-0.0005";
    assertThat(Loras.moved(moved, path -> Path.of("/x, y").resolve(path.getFileName())).parameters())
        .containsEntry("loras", odd);
    assertThat(Loras.moved(job("").with("loras", odd), path -> path).parameters()).containsEntry("loras", odd);
  }
}
