// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.Safetensors;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GenerationFileTest {

  private static final Job JOB = new Job("one", "ein größerer Stern 🌟 星", "trüb", -3, "shapes",
      Map.of("steps", "3", "noise.strength", "0.5"));

  @TempDir
  Path folder;

  private final NDManager memory = NDManager.newBaseManager();

  @AfterEach
  void close() {
    memory.close();
  }

  private Generation generation(DataType type) {
    Generation empty = Generation.of(JOB, memory);
    NDArray video = empty.memory().create(new float[] {0, 1, 2.5f, 100, 255, 7}).toType(type, true).reshape(3, 2);
    return empty.with(Part.VIDEO, video)
        .with(Part.REWARDS, empty.memory().create(new float[] {0.1f, -2}))
        .with(Fact.ANCHOR, 1).with(Fact.FILE, folder.resolve("größer.mp4"))
        .with(new Step("text-encode", Map.of("negativePrompt", "trüb")))
        .with(new Step("denoise", Map.of("eta", "0.0", "guidance", "5.0")));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "FLOAT32", "UINT8"})
  void whatIsWrittenIsReadBackInItsOwnTypeAndWrittenAgainAsTheSameBytes(DataType type) throws Exception {
    try (Generation made = generation(type)) {
      byte[] written = GenerationFile.write(made);
      try (Generation read = GenerationFile.read(written, memory)) {
        assertThat(read.parts()).containsOnlyKeys(Part.VIDEO, Part.REWARDS);
        assertThat(read.parts().get(Part.VIDEO).getDataType()).isEqualTo(type);
        assertThat(read.parts().get(Part.VIDEO).toByteArray()).isEqualTo(made.parts().get(Part.VIDEO).toByteArray());
        assertThat(GenerationFile.write(read)).isEqualTo(written);
      }
      Path file = folder.resolve("x.safetensors");
      GenerationFile.write(made, file);
      assertThat(Files.readAllBytes(file)).isEqualTo(written);
    }
  }

  @Test
  void jobFactsAndProvenanceComeBack() {
    try (Generation made = generation(DataType.FLOAT32);
        Generation read = GenerationFile.read(GenerationFile.write(made), memory)) {
      assertThat(read.job()).isEqualTo(JOB);
      assertThat(read.facts()).isEqualTo(made.facts()).containsEntry(Fact.ANCHOR, "1");
      assertThat(read.provenance()).isEqualTo(made.provenance()).hasSize(2);
      assertThat(GenerationFile.recipe(read)).isEqualTo(GenerationFile.recipe(made)).contains("🌟 星");
    }
  }

  @Test
  void recipesOfOneJobMayHaveOtherRewards() {
    String one = "{\"i4vgen\":1,\"job\":{\"seed\":7},\"rewards\":[1.5],\"anchor\":0}";
    assertThat(GenerationFile.isOfSameJob(one, one.replace("1.5", "1.50001"))).isTrue();
    assertThat(GenerationFile.isOfSameJob(one, one.replace("7", "8"))).isFalse();
    assertThat(GenerationFile.isOfSameJob(one, one.replaceFirst("\\{", "{\"route\":\"other\","))).as("an older one")
        .isTrue();
    assertThat(GenerationFile.isOfSameJob(one, "")).isFalse();
    assertThat(GenerationFile.isOfSameJob(one, "made by hand")).isFalse();
  }

  @Test
  void saysWhatIsWrongWithAFileThatHoldsNoGeneration() throws Exception {
    assertThatThrownBy(() -> GenerationFile.read(file(Map.of()), memory)).isInstanceOf(BadJob.class)
        .hasMessageContaining("holds tensors, but no generation");
    assertThatThrownBy(() -> GenerationFile.read(file(Map.of("i4vgen", "{\"version\": 1}")), memory))
        .isInstanceOf(BadJob.class).hasMessageContaining("job is missing");
    assertThatThrownBy(() -> GenerationFile.read(file(Map.of("i4vgen", "{")), memory)).isInstanceOf(BadJob.class)
        .hasMessageContaining("can't be read");
  }

  /** In an escape a small letter may become a capital one, and means the same. */
  @Test
  void anyBitThatHasChangedAndAnyCutIsNoticed() {
    byte[] written;
    try (Generation made = generation(DataType.FLOAT16)) {
      written = GenerationFile.write(made);
    }
    int same = 0;
    for (int i = 0; i < written.length; i++) {
      byte[] flipped = written.clone();
      flipped[i] ^= (byte) (1 << i % 8);
      byte[] cut = Arrays.copyOf(written, i);
      assertThatThrownBy(() -> GenerationFile.read(cut, memory)).isInstanceOf(BadWeights.class);
      try (Generation read = GenerationFile.read(flipped, memory)) {
        assertThat(GenerationFile.write(read)).isEqualTo(written);
        same++;
      } catch (BadJob | BadWeights e) {
        assertThat(e).hasMessageContaining("a generation's message");
      }
    }
    assertThat(same).as("changes of nothing but blanks or the name of the checksum").isLessThan(30);
  }

  @Test
  void saysWhichFileHasAnotherChecksum() throws Exception {
    Path file = folder.resolve("x.safetensors");
    try (Generation made = generation(DataType.FLOAT32)) {
      GenerationFile.write(made, file);
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> GenerationFile.read(file, memory)).isInstanceOf(BadJob.class)
        .hasMessageMatching(file + " is damaged: its checksum is [0-9a-f]{8}, but the one with it is [0-9a-f]{8}");
    assertThat(GenerationFile.provenance(file, JOB)).as("of which the tensors are not read").hasSize(2);
  }

  @Test
  void aTensorsBytesAreAskedForOnceAndAViewThatIsNotInOnePieceIsWrittenInItsOrder() {
    List<String> calls = new ArrayList<>();
    try (Generation made = generation(DataType.FLOAT32)) {
      NDArray turned = made.parts().get(Part.VIDEO).transpose();
      byte[] written = GenerationFile.write(made.with(Part.VIDEO, counted(turned, calls)));
      assertThat(calls).containsOnlyOnce("toByteBuffer [true]")
          .noneMatch(call -> call.matches("(to\\w*Array|toDevice|duplicate).*"));
      try (Generation read = GenerationFile.read(written, memory)) {
        assertThat(read.parts().get(Part.VIDEO).toFloatArray()).containsExactly(0, 2.5f, 255, 1, 100, 7);
      }
    }
  }

  private static NDArray counted(NDArray array, List<String> calls) {
    return (NDArray) Proxy.newProxyInstance(NDArray.class.getClassLoader(), new Class<?>[] {NDArray.class},
        (self, method, arguments) -> {
          calls.add(method.getName() + " " + Arrays.toString(arguments));
          return method.invoke(array, arguments);
        });
  }

  @Test
  void anotherProgramNeedsNoChecksum() {
    try (Generation made = generation(DataType.FLOAT32)) {
      String written = new String(GenerationFile.write(made), StandardCharsets.ISO_8859_1);
      byte[] without = written.replace("\"crc32c\"", "\"byHand\"").getBytes(StandardCharsets.ISO_8859_1);
      try (Generation read = GenerationFile.read(without, memory)) {
        assertThat(GenerationFile.write(read)).isEqualTo(written.getBytes(StandardCharsets.ISO_8859_1));
      }
    }
  }

  private byte[] file(Map<String, String> metadata) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Safetensors.write(bytes, Map.of("x", memory.create(new float[] {1})), metadata);
    return bytes.toByteArray();
  }

  @Test
  void memoryIsFreedIfATensorCanNotBeLoaded() {
    List<String> calls = new ArrayList<>();
    NDManager child = manager(calls, null);
    NDManager parent = manager(calls, child);
    byte[] written;
    try (Generation made = generation(DataType.FLOAT32)) {
      written = GenerationFile.write(made);
    }
    assertThatThrownBy(() -> GenerationFile.read(written, parent)).hasMessage("no memory left");
    assertThat(calls).startsWith("newSubManager", "create").endsWith("close");
  }

  /** A manager that makes no array. */
  private static NDManager manager(List<String> calls, NDManager child) {
    return (NDManager) Proxy.newProxyInstance(NDManager.class.getClassLoader(), new Class<?>[] {NDManager.class},
        (self, method, arguments) -> {
          if (method.getName().equals("getDevice")) {
            return Device.cpu();
          }
          calls.add(method.getName());
          if (method.getName().equals("create")) {
            throw new IllegalStateException("no memory left");
          }
          return child;
        });
  }
}
