// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.WithMemory;
import io.i4vgen.tensor.Scope;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkTest extends WithMemory {

  private static final Path CASES = Path.of("src/test/resources/reference");

  @TempDir
  Path folder;

  @Test
  void loadingUsingAndClosingLeavesNoTensorBehind() throws IOException {
    int before = manager.getManagedArrays().size();
    try (Scope scope = new Scope(); Unet unet = motionUnet()) {
      assertThat(unet.bytes()).isEqualTo(4L * 164452);
      predict(unet, 8, 8);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void weightsOutliveTheScopeTheyAreLoadedIn() throws IOException {
    Unet unet;
    float[] inside;
    try (Scope scope = new Scope()) {
      unet = motionUnet();
      inside = predict(unet, 8, 8).toFloatArray();
    }
    try (Scope scope = new Scope(); unet) {
      assertThat(predict(unet, 8, 8).toFloatArray()).containsExactly(inside);
    }
  }

  @Test
  void aFailedLoadLeavesNoTensorBehind() throws IOException {
    UnetConfig config = motionConfig();
    int before = manager.getManagedArrays().size();
    try (StateDict state = weights("unet-motion-diffusers").drop("conv_in.bias"::equals)) {
      assertThatThrownBy(() -> Unet.load(state, config, manager)).isInstanceOf(BadWeights.class);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void aFileThatBecomesUnreadableIsSaidInWordsAndLeavesNoTensorBehind() throws IOException {
    Path file = Files.copy(CASES.resolve("unet-motion-diffusers/weights.safetensors"), folder.resolve("cut"));
    int before = manager.getManagedArrays().size();
    try (StateDict state = StateDict.open(file); FileChannel channel = FileChannel.open(file, WRITE)) {
      channel.truncate(channel.size() / 2);
      assertThatThrownBy(() -> Unet.load(state, motionConfig(), manager)).isInstanceOf(IllegalStateException.class)
          .hasMessageMatching("network \\w+: cannot be loaded: " + file + ": bytes \\d+ to \\d+ cannot be read: .*");
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void updatesAreUndoneByClosingTheUpdatedNetwork() throws IOException {
    try (Unet unet = motionUnet(); Lora lora = lora()) {
      float[] without = predict(unet, 8, 8).toFloatArray();
      try (Scope scope = new Scope()) {
        Unet updated = unet.with(List.of(new Lora.Scaled(lora, 1)));
        assertThat(updated.bytes()).isEqualTo(4L * 8 * 8);
        assertThat(predict(updated, 8, 8).toFloatArray()).isNotEqualTo(without);
        updated.close();
      }
      assertThat(predict(unet, 8, 8).toFloatArray()).containsExactly(without);
    }
  }

  private Lora lora() throws IOException {
    Path file = folder.resolve("lora.safetensors");
    String module = "unet.down_blocks.0.motion_modules.0.proj_in.";
    Safetensors.write(file, Map.of(module + "lora_A.weight", manager.ones(new Shape(2, 8)),
        module + "lora_B.weight", manager.ones(new Shape(8, 2))), Map.of());
    return Lora.open(file);
  }

  @Test
  void severalThreadsGetTheResultOfOne() throws IOException, ExecutionException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Unet unet = motionUnet()) {
      float[] expected = predict(unet, 8, 8).toFloatArray();
      List<Future<float[]>> results = IntStream.range(0, 4)
          .mapToObj(i -> threads.submit(() -> predict(unet, 8, 8).toFloatArray())).toList();
      for (Future<float[]> result : results) {
        assertThat(result.get()).containsExactly(expected);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void clipsThatAreTheSameAreComputedTogetherUntilTheyMeetTheirTexts() throws IOException {
    try (Unet unet = motionUnet()) {
      NDArray clip = noise(4, 4, 8, 8);
      NDArray sample = clip.concat(clip, 0);
      NDArray text = noise(2, 7, 16);
      for (NDArray timestep : List.of(manager.create(500L), manager.create(new long[] {500, 20}))) {
        NDArray each = unet.predict(sample, false, timestep, text, 4, true);
        NDArray together = unet.predict(sample, true, timestep, text, 4, true);
        assertThat(together.getShape()).isEqualTo(sample.getShape());
        assertNear(together, each);
      }
    }
  }

  @Test
  void imagesSharingATextEqualImagesWithATextEach() throws IOException {
    try (Unet unet = motionUnet()) {
      NDArray sample = noise(3, 4, 8, 8);
      NDArray text = noise(1, 7, 16);
      NDArray timestep = manager.create(500L);
      NDArray shared = unet.predict(sample, timestep, text, 3, false);
      NDArray each = unet.predict(sample, timestep, text.repeat(0, 3), 1, false);
      assertNear(shared, each);
    }
  }

  @Test
  void sizesThatDoNotHalveEvenlyKeepTheirSize() throws IOException {
    try (Unet unet = motionUnet()) {
      NDArray predicted = unet.predict(noise(2, 4, 7, 10), manager.create(1L), noise(1, 7, 16), 2, true);
      assertThat(predicted.getShape()).isEqualTo(new Shape(2, 4, 7, 10));
    }
  }

  @Test
  void missingMisshapenAndLeftOverWeightsAreAllNamed() throws IOException {
    UnetConfig config = motionConfig();
    StateDict state = weights("unet-motion-diffusers").rename(name -> switch (name) {
      case "conv_in.bias" -> "conv_out.bias";
      case "conv_out.bias" -> "conv_in.bias";
      case "conv_norm_out.weight" -> "surprise";
      default -> name;
    });
    String file = CASES.resolve("unet-motion-diffusers/weights.safetensors").toString();
    assertThatThrownBy(() -> Unet.load(state, config, manager)).isInstanceOf(BadWeights.class)
        .hasMessageContaining("network unet")
        .hasMessageContaining("%s (key conv_out.bias): conv_in.bias has shape (4), expected (8)", file)
        .hasMessageContaining("%s: conv_norm_out.weight is missing, expected shape (8)", file)
        .hasMessageContaining("%s (key conv_norm_out.weight): surprise is left over, found shape (8)", file);
  }

  @Test
  void onlyTheFirstFewOfManyFaultsAreListed() throws IOException {
    UnetConfig config = motionConfig();
    StateDict state = weights("unet-motion-diffusers").drop(name -> name.startsWith("mid_block"));
    assertThatThrownBy(() -> Unet.load(state, config, manager)).isInstanceOf(BadWeights.class)
        .message().matches("(?s).*is missing.*and \\d+ more").hasLineCount(1);
  }

  @Test
  void anImageConfigurationRefusesMotionWeights() throws IOException {
    UnetConfig image = UnetConfig.of(((ObjectNode) json("unet-motion-diffusers")).without("motion_max_seq_length"));
    StateDict state = weights("unet-motion-diffusers");
    assertThatThrownBy(() -> Unet.load(state, image, manager)).isInstanceOf(BadWeights.class)
        .hasMessageContaining("motion_modules.0").hasMessageContaining("is left over");
  }

  @Test
  void moreFramesThanTheTableOfPositionsAreRefusedWithMotionOnly() throws IOException {
    try (Unet unet = motionUnet()) {
      assertThatThrownBy(() -> predict(unet, 33, 2)).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("frames with motion: 33, expected 1 to 32");
      NDArray still = unet.predict(noise(33, 4, 2, 2), manager.create(1L), noise(1, 7, 16), 33, false);
      assertThat(still.getShape()).isEqualTo(new Shape(33, 4, 2, 2));
    }
  }

  @Test
  void argumentsThatDisagreeAreRefused() throws IOException {
    try (Unet unet = motionUnet()) {
      NDArray t = manager.create(1L);
      assertThatThrownBy(() -> unet.predict(noise(3, 4, 8, 8), t, noise(1, 7, 16), 2, true))
          .hasMessage("sample: 3 images, expected 1 texts x 2 frames = 2");
      assertThatThrownBy(() -> unet.predict(noise(2, 3, 8, 8), t, noise(1, 7, 16), 2, true))
          .hasMessageContaining("sample: shape is (2, 3, 8, 8), expected");
      assertThatThrownBy(() -> unet.predict(noise(2, 4, 8, 8), t, noise(1, 7, 15), 2, true))
          .hasMessageContaining("text: shape is (1, 7, 15), expected");
      assertThatThrownBy(() -> unet.predict(noise(2, 4, 8, 8), manager.create(1.0), noise(1, 7, 16), 2, true))
          .hasMessage("timestep: type is float64, expected int64");
    }
  }

  private Unet motionUnet() throws IOException {
    try (StateDict state = weights("unet-motion-diffusers")) {
      return Unet.load(state, motionConfig(), manager);
    }
  }

  private NDArray predict(Unet unet, int frames, int size) {
    try (NDManager inputs = manager.newSubManager(); Scope scope = new Scope()) {
      NDArray sample = inputs.arange(0f, frames * 4 * size * size, 1f, DataType.FLOAT32).sin()
          .reshape(frames, 4, size, size);
      NDArray text = inputs.arange(0f, 7 * 16, 1f, DataType.FLOAT32).cos().reshape(1, 7, 16);
      NDArray predicted = unet.predict(sample, inputs.create(321L), text, frames, true);
      predicted.attach(manager);
      return scope.keep(predicted);
    }
  }

  private static UnetConfig motionConfig() throws IOException {
    return UnetConfig.of(json("unet-motion-diffusers"));
  }

  private static StateDict weights(String name) {
    return StateDict.open(CASES.resolve(name).resolve("weights.safetensors"));
  }

  private static JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(CASES.resolve(name).resolve("case.json").toFile()).get("config");
  }
}
