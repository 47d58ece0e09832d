// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsTest extends WithMemory {

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir
  Path folder;

  @ParameterizedTest
  @EnumSource(value = DataType.class, names = {
      "FLOAT64", "FLOAT32", "FLOAT16", "INT64", "INT32", "INT8", "UINT8", "BOOLEAN"})
  void everyNumberFormatComesBackBitForBit(DataType type) throws IOException {
    NDArray array = manager.create(new float[] {0, 1, -2.5f, 3, 1e-3f, 7}, new Shape(2, 3)).abs().toType(type, true);
    byte[] file = bytes(Map.of("x", array), Map.of());
    try (Safetensors read = Safetensors.of(file, "file")) {
      assertThat(read.tensors().get("x").type()).isEqualTo(type);
      NDArray back = StateDict.of(read).load(manager, type.isFloating() ? type : DataType.FLOAT32).get("x");
      assertThat(back.getDataType()).isEqualTo(type);
      assertThat(back.getShape()).isEqualTo(array.getShape());
      assertThat(back.toByteArray()).isEqualTo(array.toByteArray());
    }
  }

  @Test
  void brainFloatsAreWidenedExactly() throws IOException {
    byte[] header = "{\"x\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[0,6]}}".getBytes();
    byte[] file = prefixed(header.length, header, 6);
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(8 + header.length)
        .putShort((short) 0x3f80).putShort((short) 0xc020).putShort((short) 0x7f80);
    NDArray read = StateDict.of(Safetensors.of(file, "file")).load(manager, DataType.FLOAT32).get("x");
    assertThat(read.toFloatArray()).containsExactly(1, -2.5f, Float.POSITIVE_INFINITY);
  }

  @Test
  void scalarsEmptyTensorsAndTextEntriesComeBack() throws IOException {
    Map<String, NDArray> tensors = Map.of("scalar", manager.create(4L), "empty", manager.zeros(new Shape(0, 3)));
    Map<String, String> metadata = Map.of("prompt", "a \"red\" star\n\u2605", "seed", "7");
    Path file = folder.resolve("x.safetensors");
    Safetensors.write(file, tensors, metadata);
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.metadata()).isEqualTo(metadata);
      Map<String, NDArray> back = StateDict.of(read).load(manager, DataType.FLOAT32);
      assertThat(back.get("scalar").getShape().dimension()).isZero();
      assertThat(back.get("scalar").getLong()).isEqualTo(4);
      assertThat(back.get("empty").getShape()).isEqualTo(new Shape(0, 3));
    }
  }

  @Test
  void equalContentGivesEqualBytesWhateverTheOrderOfTheMaps() throws IOException {
    Map<String, NDArray> forward = new LinkedHashMap<>();
    Map<String, NDArray> backward = new TreeMap<>((a, b) -> b.compareTo(a));
    for (String name : List.of("a", "b", "c")) {
      forward.put(name, manager.create(new float[] {name.hashCode()}));
      backward.put(name, manager.create(new float[] {name.hashCode()}));
    }
    forward.put("flag", manager.create(true));
    backward.put("flag", manager.create(true));
    Map<String, String> metadata = new HashMap<>(Map.of("y", "1", "x", "2"));
    assertThat(bytes(forward, metadata)).isEqualTo(bytes(backward, new TreeMap<>(metadata)));
  }

  @Test
  void tensorsAreAlignedToTheirNumberFormat() throws IOException {
    Map<String, NDArray> tensors = Map.of("a", manager.create(true), "b", manager.create(2L), "c", manager.create(3f));
    try (Safetensors read = Safetensors.of(bytes(tensors, Map.of()), "file")) {
      assertThat(read.tensors().values())
          .allMatch(info -> info.offset() % info.type().getNumOfBytes() == 0);
    }
  }

  @Test
  void aLoadedTensorNoLongerNeedsItsFile() throws IOException {
    Path file = folder.resolve("x.safetensors");
    Safetensors.write(file, Map.of("x", manager.create(new float[] {1, 2})), Map.of());
    NDArray loaded;
    try (StateDict state = StateDict.open(file)) {
      loaded = state.load(manager, DataType.FLOAT32).get("x");
    }
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.seek(raw.length() - 8);
      raw.write(new byte[8]);
    }
    assertThat(loaded.toFloatArray()).containsExactly(1, 2);
  }

  @Test
  void readsTensorsBeyondTwoGigabytes() throws IOException {
    Path file = folder.resolve("large.safetensors");
    long far = 3L << 30;
    byte[] header = "{\"pad\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},%s}".formatted(far, far,
        "\"x\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[%d,%d]}".formatted(far, far + 4)).getBytes();
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(prefixed(header.length, header, 0));
      sparse.seek(8 + header.length + far);
      sparse.write(new byte[] {42, 0, 0, 0});
    }
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.bytes("x").getInt()).isEqualTo(42);
      assertThatThrownBy(() -> read.bytes("pad")).isInstanceOf(BadWeights.class)
          .hasMessageContaining("large.safetensors: tensor pad has 3221225472 bytes, expected at most 2147483647");
    }
  }

  @Test
  void aFailedWriteLeavesNothingBehind() {
    Path file = folder.resolve("x.safetensors");
    NDArray closed = manager.create(1f);
    closed.close();
    assertThatThrownBy(() -> Safetensors.write(file, Map.of("x", closed), Map.of()))
        .isInstanceOf(RuntimeException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "[] | header is JSON ARRAY, expected an object",
      "{`x`: | not readable JSON",
      "{} {} | not readable JSON",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[0,4]},`x`:{}} | tensor x has no dtype",
      "{`x`:{`dtype`:`F8`,`shape`:[1],`data_offsets`:[0,4]}} | tensor x has dtype `F8`, expected one of",
      "{`x`:{`shape`:[1],`data_offsets`:[0,4]}} | tensor x has no dtype",
      "{`x`:{`dtype`:`F32`,`shape`:[2],`data_offsets`:[0,4]}} | holds 4 bytes, expected 8 for F32 of shape [2]",
      "{`x`:{`dtype`:`F32`,`shape`:[-1],`data_offsets`:[0,4]}} | shape -1, expected a list of whole numbers",
      "{`x`:{`dtype`:`F32`,`shape`:[1.5],`data_offsets`:[0,4]}} | expected a list of whole numbers",
      "{`x`:{`dtype`:`F32`,`shape`:3,`data_offsets`:[0,4]}} | has shape 3, expected a list",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[4]}} | expected 2 whole numbers",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[0,4,9]}} |[0, 4] and then 9, expected 2 whole",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[-4,0]}} | expected 2 whole numbers",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[8,4]}} | lies at bytes 8 to 4",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[6,10]}} | expected within 0 to 8 (truncated file?)",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[0,4]},`y`:{`dtype`:`U8`,`shape`:[2],`data_offsets`:[2,4]}}"
          + "| tensor y overlaps x",
      "{`x`:{`dtype`:`F64`,`shape`:[4294967296,4294967296],`data_offsets`:[0,8]}} | more elements than a file can hold",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[0,4]},`x`:{`dtype`:`F32`,`shape`:[1],`data_offsets`:[4,8]}}"
          + "| tensor x is there twice",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`shape`:[1],`data_offsets`:[0,4]}} | tensor x has its shape twice",
      "{`x`:{`dtype`:`F32`,`shape`:`wide`,`data_offsets`:[0,4]}} | has shape `wide`, expected a list",
      "{`x`:{`dtype`:`F32`,`shape`:[99999999999999999999],`data_offsets`:[0,4]}}|shape 99999999999999999999",
      "{`x`:{`dtype`:`F32`,`shape`:[1,{`y`:1}],`data_offsets`:[0,4]}}|shape [1] and then {, expected a list of whole",
      "{`x`:{`dtype`:`F32`,`shape`:[1],`more`:[{`z`:[]}]}} | tensor x has no data_offsets",
      "{`x`:7} | tensor x is 7, expected an object", "{`x`:[{}]} | tensor x is [, expected an object",
      "{`__metadata__`:{`k`:`1`,`k`:`2`}} | two entries of __metadata__ are called k",
      "{`__metadata__`:[]} | __metadata__ is JSON ARRAY",
      "{`__metadata__`:{`k`:1}} | __metadata__ entry k is 1, expected a text"})
  void aBadHeaderIsRefusedWithItsFault(String header, String message) throws IOException {
    byte[] json = header.replace('`', '"').getBytes(StandardCharsets.UTF_8);
    byte[] file = prefixed(json.length, json, 8);
    Path path = Files.write(folder.resolve("bad.safetensors"), file);
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(BadWeights.class)
        .hasMessageContaining("bad.safetensors").hasMessageContaining(message.replace('`', '"'));
    assertThatThrownBy(() -> Safetensors.of(file, "body")).isInstanceOf(BadWeights.class)
        .hasMessageStartingWith("body").hasMessageContaining(message.replace('`', '"'));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "3                    | header claims 100000001 bytes | 100000001",
      "3                    | header claims 18446744073709551615 bytes | -1",
      "3                    | truncated inside the header: expected at least 1008 bytes, found 11 | 1000",
      "-8                   | truncated: expected at least 8 bytes, found 0 | 2"})
  void aFileThatIsTooShortForItsHeaderIsRefused(int rest, String message, long claimed) throws IOException {
    byte[] file = rest < 0 ? new byte[0] : prefixed(claimed, new byte[0], rest);
    Path path = Files.write(folder.resolve("short.safetensors"), file);
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(BadWeights.class).hasMessageContaining(message);
    assertThatThrownBy(() -> Safetensors.of(file, "body")).isInstanceOf(BadWeights.class)
        .hasMessageContaining(message);
  }

  /** Valid JSON of a few letters each, of which a tree would take hundreds of bytes for every one. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{`x`:{`shape`:[*{},*{}]}} | tensor x has shape {, expected a list of whole numbers from 0, 64 at most",
      "{`x`:{`shape`:[*1,*1]}}   | tensor x has shape [1, 1, ",
      "{`x`:{`more`:[*{},*{}]}}  | tensor x has no dtype",
      "{`x`:[*{},*{}]}           | tensor x is [, expected an object",
      "{`__metadata__`:{`x`:[*{},*{}]}} | __metadata__ entry x is [, expected a text",
      "{`*x*`:{`shape`:1}}       | file: tensor xxxxx"})
  void aLongHeaderTakesNoMoreThanAFewTimesItsLength(String header, String message) {
    String[] parts = header.replace('`', '"').split("\\*");
    byte[] json = (parts[0] + parts[1].repeat(20_000) + parts[2]).getBytes(StandardCharsets.UTF_8);
    byte[] file = prefixed(json.length, json, 0);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> Safetensors.of(file, "file")).isInstanceOf(BadWeights.class)
        .hasMessageContaining(message.replace('`', '"')).message().hasSizeLessThan(1000);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000_000 + 8L * file.length);
  }

  @Test
  void aHeaderOfMoreTensorsThanTheFileHasBytesForIsRefused() {
    String entry = "%c\"%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    StringBuilder header = new StringBuilder();
    for (int i = 0; i < 400_000; i++) {
      header.append(entry.formatted(i == 0 ? '{' : ',', i));
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Safetensors.of(prefixed(json.length, json, 0), "file")).isInstanceOf(BadWeights.class)
        .hasMessageMatching("file: its header: what it holds beside numbers would take more than \\d+ bytes of memory");
  }

  @Test
  void aMessageQuotesNoMoreOfAFileThanAnybodyReads() {
    String name = "x".repeat(40_000);
    String entry = "{\"%s\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,%s]}}";
    for (String offset : List.of("1", "2", "9", "[]", "-1")) {
      byte[] json = entry.formatted(name, offset).getBytes(StandardCharsets.UTF_8);
      byte[] file = prefixed(json.length, json, 2);
      assertThatThrownBy(() -> StateDict.of(Safetensors.of(file, "file")).split(name, List.of("y", "z")))
          .isInstanceOf(BadWeights.class).message().startsWith("file: tensor xxxx").contains("x... (40000 letters) ")
          .hasSizeLessThan(400);
    }
    assertThat(new BadWeights(name)).message().hasSize(4003).endsWith("xxx...");
  }

  @Test
  void aTensorThatIsNotThereIsNamed() throws IOException {
    try (Safetensors read = Safetensors.of(bytes(Map.of("x", manager.create(1f)), Map.of()), "body")) {
      assertThatThrownBy(() -> read.bytes("y")).isInstanceOf(BadWeights.class).hasMessage("body: has no tensor y");
    }
  }

  private static byte[] bytes(Map<String, NDArray> tensors, Map<String, String> metadata) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, tensors, metadata);
    return out.toByteArray();
  }

  private static byte[] prefixed(long claimedLength, byte[] header, int dataBytes) {
    return ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN)
        .putLong(claimedLength).put(header).array();
  }
}
