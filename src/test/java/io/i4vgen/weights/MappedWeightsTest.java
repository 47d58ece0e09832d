// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import io.i4vgen.tensor.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether a tensor is a view of its file is told by what it becomes when the file is written into. */
class MappedWeightsTest extends WithMemory {

  private static final int COUNT = 256 * 160;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(value = DataType.class, names = {"FLOAT32", "FLOAT16"})
  void aMappedTensorHasTheNumbersOfACopiedOne(DataType type) throws IOException {
    Path file = write(Map.of("large", numbers().toType(type, true), "small", manager.create(1.5f).toType(type, true)));
    try (StateDict state = StateDict.open(file)) {
      Map<String, NDArray> copied = state.load(manager, type);
      Map<String, NDArray> mapped = state.mapped().load(manager, type);
      assertThat(mapped.keySet()).isEqualTo(copied.keySet());
      copied.forEach((name, array) -> {
        assertThat(mapped.get(name).getDataType()).isEqualTo(type);
        assertThat(mapped.get(name).getShape()).isEqualTo(array.getShape());
        assertThat(mapped.get(name).toByteArray()).isEqualTo(array.toByteArray());
      });
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFileIsMappedOnceForAllItsTensors() throws IOException {
    Map<String, NDArray> many = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      many.put("large" + i, numbers());
    }
    Path file = write(many);
    try (StateDict state = StateDict.open(file)) {
      Map<String, NDArray> mapped = state.mapped().load(manager, DataType.FLOAT32);
      List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
      String name = file.toRealPath().toString();
      assertThat(maps.stream().filter(line -> line.endsWith(name))).hasSize(1);
      assertThat(mapped).hasSize(20);
    }
  }

  @Test
  void onlyAMappedTensorIsItsFile() throws IOException {
    Path file = write(Map.of("large", numbers()));
    try (StateDict state = StateDict.open(file)) {
      NDArray copied = state.load(manager, DataType.FLOAT32).get("large");
      NDArray mapped = state.mapped().load(manager, DataType.FLOAT32).get("large");
      overwriteLast(file, -7);
      assertThat(last(copied)).isEqualTo(COUNT - 1);
      assertThat(last(mapped)).isEqualTo(-7);
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT16, 0", "FLOAT64, 0", "FLOAT32, 2"})
  void whatIsConvertedOrLiesAtAnOddPlaceIsCopied(DataType wanted, int moved) throws IOException {
    Path file = moved(write(Map.of("large", numbers())), moved);
    try (StateDict state = StateDict.open(file)) {
      NDArray array = state.mapped().load(manager, wanted).get("large");
      float before = last(array);
      overwriteLast(file, -7);
      assertThat(last(array)).isEqualTo(before).isGreaterThan(0);
    }
  }

  @Test
  void renamedMergedAndSplitTensorsStayMapped() throws IOException {
    Path file = write(Map.of("large", numbers()));
    try (StateDict state = StateDict.open(file).mapped()) {
      NDArray half = state.rename(name -> "x." + name).under("x.").split("large", List.of("a", "b")).squeeze(n -> true)
          .load(manager, DataType.FLOAT32).get("b");
      assertThat(half.getShape()).isEqualTo(new Shape(128, 160));
      assertThat(half.getFloat(0, 0)).isEqualTo(COUNT / 2);
      overwriteLast(file, -7);
      assertThat(last(half)).isEqualTo(-7);
    }
  }

  @Test
  void aMappedTensorOutlivesItsFileItsScopeAndACollectionOfGarbage() throws IOException {
    Path file = write(Map.of("large", numbers()));
    float[] expected = numbers().toFloatArray();
    try (NDManager other = manager.newSubManager()) {
      NDArray kept;
      try (Scope scope = new Scope(); StateDict state = StateDict.open(file)) {
        kept = scope.keep(state.mapped().load(manager, DataType.FLOAT32).get("large"));
      }
      kept.detach();
      kept.attach(other);
      Files.delete(file);
      for (int i = 0; i < 3; i++) {
        System.gc();
        assertThat(kept.toFloatArray()).isEqualTo(expected);
        assertThat(kept.reshape(-1).flip(0).getFloat(0)).isEqualTo(COUNT - 1);
      }
    }
  }

  @Test
  void lowRankUpdatesLeaveTheFileOfMappedWeightsAsItIs() throws IOException {
    Path file = write(Map.of("x.weight", numbers()));
    byte[] before = Files.readAllBytes(file);
    Path update = folder.resolve("lora.safetensors");
    Safetensors.write(update, Map.of("unet.x.lora_A.weight", manager.ones(new Shape(2, 160)),
        "unet.x.lora_B.weight", manager.ones(new Shape(256, 2))), Map.of());
    try (StateDict state = StateDict.open(file); Lora lora = Lora.open(update)) {
      Map<String, NDArray> base = state.mapped().load(manager, DataType.FLOAT32);
      Map<String, NDArray> merged = Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(lora, 0.5)), manager);
      assertThat(merged.get("x.weight").toFloatArray()[3]).isEqualTo(4);
      assertThat(base.get("x.weight").toFloatArray()[3]).isEqualTo(3);
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void tensorsOfATorchFileThatLieInOrderAreMappedAndOthersGathered() throws IOException {
    Path file = folder.resolve("weights.ckpt");
    String pickle = "\u0080\u0002}(" + pickled("whole", "M\0\1K\u00a0\u0086", "K\u00a0K\1\u0086")
        + pickled("turned", "K\u00a0M\0\1\u0086", "K\1K\u00a0\u0086") + "u.";
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      store(zip, "abc/data/0", numbers().toByteArray()); // begins at byte 40
      store(zip, "abc/data.pkl", pickle.getBytes(StandardCharsets.ISO_8859_1));
    }
    try (StateDict state = StateDict.open(file)) {
      Map<String, NDArray> mapped = state.mapped().load(manager, DataType.FLOAT32);
      assertThat(mapped.get("whole")).isEqualTo(numbers());
      assertThat(mapped.get("turned")).isEqualTo(numbers().transpose());
      overwrite(file, 40 + (COUNT - 1) * Float.BYTES, -7);
      assertThat(last(mapped.get("whole"))).isEqualTo(-7);
      assertThat(last(mapped.get("turned"))).isEqualTo(COUNT - 1);
    }
  }

  /** An entry of a dictionary: a tensor of all numbers of storage 0, with its size and stride as pickled pairs. */
  private static String pickled(String name, String size, String stride) {
    return text(name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n"
        + text("0") + text("cpu") + "M\0\u00a0tQK\0" + size + stride + "\u0089ccollections\nOrderedDict\n)RtR";
  }

  private static String text(String text) {
    return "X" + (char) text.length() + "\0\0\0" + text;
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
  }

  private NDArray numbers() {
    return manager.arange((float) COUNT).reshape(256, 160);
  }

  private static float last(NDArray array) {
    float[] numbers = array.toType(DataType.FLOAT32, false).toFloatArray();
    return numbers[numbers.length - 1];
  }

  private Path write(Map<String, NDArray> tensors) throws IOException {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.write(file, tensors, Map.of());
    return file;
  }

  /** The same file with a longer header, so that its numbers lie some bytes further on. */
  private static Path moved(Path file, int bytes) throws IOException {
    ByteBuffer whole = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    long header = whole.getLong();
    ByteBuffer moved = ByteBuffer.allocate(whole.capacity() + bytes).order(ByteOrder.LITTLE_ENDIAN);
    moved.putLong(header + bytes).put(whole.slice(Long.BYTES, (int) header));
    moved.put(" ".repeat(bytes).getBytes(StandardCharsets.US_ASCII));
    moved.put(whole.position(Long.BYTES + (int) header));
    return Files.write(file, moved.array());
  }

  private static void overwriteLast(Path file, float number) throws IOException {
    overwrite(file, Files.size(file) - Float.BYTES, number);
  }

  private static void overwrite(Path file, long offset, float number) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, number), offset);
    }
  }
}
