// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackCheckTest {

  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void write() throws IOException {
    folder = SmallPack.write(parent);
  }

  private List<String> faults() {
    return new PackCheck(PackReader.outline(folder), HubFile.PUBLIC).faults(step -> { });
  }

  /** Changes the tensors of a file, and what the pack says of it. */
  private void change(String path, BiConsumer<NDManager, Map<String, NDArray>> change) throws IOException {
    Path file = folder.resolve(path);
    try (NDManager memory = NDManager.newBaseManager()) {
      Map<String, NDArray> tensors;
      try (StateDict state = StateDict.open(file)) {
        tensors = new LinkedHashMap<>(state.load(memory));
      }
      change.accept(memory, tensors);
      Safetensors.write(file, tensors, Map.of());
    }
    SmallPack.describe(folder, SmallPack.HEAD);
  }

  @Test
  void aPackInOrderHasNoFaultAndEveryStepIsTold() {
    List<String> steps = new ArrayList<>();
    assertThat(new PackCheck(PackReader.outline(folder), HubFile.PUBLIC).faults(steps::add)).isEmpty();
    assertThat(steps).contains("vae/model.safetensors", "network unet", "network reward", "settings");
  }

  @Test
  void everyTensorThatDoesNotFitIsNamed() throws IOException {
    change("vae/model.safetensors", (memory, tensors) -> {
      tensors.put("decoder.conv_out.bias", memory.zeros(new Shape(7), DataType.FLOAT32));
      tensors.put("decoder.stranger", memory.zeros(new Shape(1), DataType.FLOAT32));
      List.copyOf(tensors.keySet()).stream().filter(name -> name.startsWith("encoder.mid_block"))
          .forEach(tensors::remove);
    });
    assertThat(faults()).hasSizeGreaterThan(10)
        .contains(folder.resolve("vae/model.safetensors") + ": decoder.conv_out.bias has shape (7), expected (3)",
            folder.resolve("vae/model.safetensors") + ": decoder.stranger is left over, found shape (1)")
        .anyMatch(fault -> fault.contains("encoder.mid_block.resnets.0.conv1.weight is missing, expected shape"));
  }

  @Test
  void motionModulesAreCheckedWithTheirUnet() throws IOException {
    change("motion/model.safetensors", (memory, tensors) ->
        tensors.remove("up_blocks.0.motion_modules.0.proj_in.weight"));
    assertThat(faults()).singleElement().asString()
        .contains("up_blocks.0.motion_modules.0.proj_in.weight is missing, expected shape");
  }

  @Test
  void faultsOfAllKindsAreListedTogether() throws IOException {
    byte[] damaged = Files.readAllBytes(folder.resolve("unet/model.safetensors"));
    damaged[damaged.length - 1] ^= 1;
    Files.write(folder.resolve("unet/model.safetensors"), damaged);
    Files.write(folder.resolve("text/model.safetensors"), new byte[100]);
    Files.delete(folder.resolve("vae/config.json"));
    Files.writeString(folder.resolve("reward/vocab.txt"), "no tokens of BERT\n");
    List<String> faults = faults();
    assertThat(faults).anyMatch(fault -> fault.contains("unet/model.safetensors has sha256"))
        .anyMatch(fault -> fault.contains("text/model.safetensors has 100 bytes, expected"))
        .anyMatch(fault -> fault.startsWith("pack 'small', network 'textEncoder': " + folder))
        .anyMatch(fault -> fault.contains("vae/config.json is missing"))
        .anyMatch(fault -> fault.contains("the vocabulary has no token [PAD]"));
    assertThat(faults).noneMatch(fault -> fault.startsWith("pack 'small', network 'unet'"));
  }

  @Test
  void aLoraThatDoesNotFitIsNamedByItsModules() throws IOException {
    try (NDManager memory = NDManager.newBaseManager()) {
      Safetensors.write(folder.resolve("unet/lora.safetensors"), Map.of(
          "unet.conv_in.lora_A.weight", memory.ones(new Shape(1, 5, 3, 3)),
          "unet.conv_in.lora_B.weight", memory.ones(new Shape(8, 1, 1, 1)),
          "unet.nowhere.lora_A.weight", memory.ones(new Shape(1, 4)),
          "unet.nowhere.lora_B.weight", memory.ones(new Shape(8, 1)),
          "unet.conv_out.lora_A.weight", memory.ones(new Shape(1, 8, 3, 3)),
          "unet.conv_out.lora_B.weight", memory.ones(new Shape(4, 1, 1, 1))), Map.of());
    }
    SmallPack.describe(folder, SmallPack.HEAD.replace("weights: [unet/model.safetensors]",
        "weights: [unet/model.safetensors], loras: {unet/lora.safetensors: 0.5}"));
    assertThat(faults()).containsExactlyInAnyOrder(
        folder.resolve("unet/lora.safetensors") + ": module nowhere is not in the network",
        folder.resolve("unet/lora.safetensors") + ": module conv_in has factors of shapes (8, 1, 1, 1) and (1, 5, 3,"
            + " 3), expected a product of shape (8, 4, 3, 3)");
  }

  @Test
  void aDiffusersFolderIsCheckedLikeAPack() throws IOException {
    Packs packs = new Packs(List.of());
    Path saved = Path.of("src/test/resources/diffusers/animatediff");
    assertThat(new PackCheck(packs.outline(saved.toString()), HubFile.PUBLIC).faults(step -> { })).isEmpty();
    assertThat(packs.outline(folder.toString()).name()).isEqualTo("small");
  }

  /** As diffusers has saved those that are no text-to-image models: another network from the same family. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "unet | in_channels          | 9   | conv_in.weight           | 8 9 3 3 | takes latents of 9 channels | makes 4",
      "unet | out_channels         | 8   | conv_out                 | 8 8 3 3 | makes latents of 8 channels | takes 4",
      "text | vocab_size           | 700 | token_embedding.weight   | 700 16  | tokens from 0 to 793 | from 0 to 699"})
  void networksThatDoNotFitAreNamedWithBothNumbers(String network, String key, int value, String tensor, String shape,
      String one, String other) throws IOException {
    Shape changed = new Shape(Stream.of(shape.split(" ")).mapToLong(Long::parseLong).toArray());
    change(network + "/model.safetensors", (memory, tensors) -> List.copyOf(tensors.keySet()).stream()
        .filter(name -> name.endsWith(tensor) || name.startsWith(tensor + ".")).forEach(name -> tensors.put(name,
            memory.zeros(name.endsWith("bias") ? new Shape(changed.get(0)) : changed, DataType.FLOAT32))));
    set(network + "/config.json", key, value);
    assertThat(faults()).singleElement().asString().startsWith("pack 'small': ").contains(one, other,
        folder.resolve(network + "/config.json").toString());
  }

  @Test
  void aTextEncoderOfAnotherWidthIsNamedWithTheUnet() throws IOException {
    Files.delete(folder.resolve("text/config.json"));
    Files.delete(folder.resolve("text/model.safetensors"));
    SmallPack.network(folder, "text", "clip-text", new ObjectMapper().createObjectNode());
    SmallPack.describe(folder, SmallPack.HEAD);
    assertThat(faults()).contains("pack 'small': network 'textEncoder' (" + folder.resolve("text/config.json")
        + ") makes embeddings of 32 channels, but network 'unet' (" + folder.resolve("unet/config.json")
        + ") takes 16");
  }

  @Test
  void theRewardsVocabularyMustNotBeLongerThanItsTable() throws IOException {
    Path vocabulary = folder.resolve("reward/vocab.txt");
    Files.writeString(vocabulary, Files.readString(vocabulary) + IntStream.range(0, 50)
        .mapToObj(i -> "word" + i).collect(Collectors.joining("\n")));
    SmallPack.describe(folder, SmallPack.HEAD);
    assertThat(faults()).singleElement().asString().contains("the tokenizer (" + vocabulary + ") has tokens from 0 to",
        "network 'reward' (" + folder.resolve("reward/config.json") + ") knows those from 0 to ");
  }

  private void set(String path, String key, int value) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode config = (ObjectNode) json.readTree(folder.resolve(path).toFile());
    json.writeValue(folder.resolve(path).toFile(), config.put(key, value));
    SmallPack.describe(folder, SmallPack.HEAD);
  }

  @Test
  void settingsAreCheckedWhenAllElseIsInOrder() throws IOException {
    Path file = folder.resolve("plugin.yaml");
    Files.writeString(file, Files.readString(file).replace("preset: short", "preset: best"));
    assertThat(faults()).singleElement().asString().endsWith("defaults.preset must be one of [short, long], is best");
  }
}
