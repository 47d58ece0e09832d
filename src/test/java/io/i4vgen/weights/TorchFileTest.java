// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.WithMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files are made by {@code tools/make-torch-files}. */
class TorchFileTest extends WithMemory {

  private static final Path FILES = Path.of("src/test/resources/torch");

  private static final int COUNT = 1000;

  @TempDir
  Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"state.pt", "protocol5.pt", "lightning.ckpt"})
  void everyTensorHasTheBytesThatTorchSees(String name) {
    try (WeightsFile file = WeightsFile.open(FILES.resolve(name));
        WeightsFile expected = Safetensors.open(FILES.resolve(name + ".safetensors"))) {
      assertThat(file).isInstanceOf(TorchFile.class);
      assertThat(file.tensors()).containsOnlyKeys(expected.tensors().keySet());
      expected.tensors().forEach((key, info) -> {
        assertThat(file.tensors().get(key).shape()).as(key).isEqualTo(info.shape());
        assertThat(file.tensors().get(key).type()).as(key).isEqualTo(info.type());
        assertThat(file.bytes(key)).as(key).isEqualTo(expected.bytes(key));
      });
    }
  }

  @Test
  void tensorsThatLieInOrderAreMappedAndOthersAreGathered() {
    try (WeightsFile file = WeightsFile.open(FILES.resolve("state.pt"))) {
      assertThat(file.bytes("whole").isReadOnly()).isTrue();
      assertThat(file.bytes("whole").isDirect()).isTrue();
      assertThat(file.bytes("transposed").isReadOnly()).isFalse();
      assertThat(file.bytes("transposed").isDirect()).isTrue();
    }
  }

  @Test
  void theNetworkSeesTheSameNumbersFromBothForms() {
    try (StateDict torch = StateDict.open(FILES.resolve("protocol5.pt"));
        StateDict safetensors = StateDict.open(FILES.resolve("state.pt.safetensors"))) {
      Map<String, NDArray> expected = safetensors.load(manager, DataType.FLOAT32);
      torch.load(manager, DataType.FLOAT32).forEach((name, array) ->
          assertThat(array.toByteArray()).as(name).isEqualTo(expected.get(name).toByteArray()));
      assertThat(torch.names()).hasSameSizeAs(expected.keySet());
      assertThat(torch.origin("whole")).endsWith("protocol5.pt (key ema.whole)");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "refused-call.pt | GLOBAL: the name time.sleep is refused",
      "refused-module.pt | GLOBAL: the name torch.nn.modules.linear.Linear is refused",
      "refused-expanded.pt | refused-expanded.pt: tensor weight has shape (1000, 1000), stride (0, 0)",
      "legacy.pt | legacy.pt: is of PyTorch's legacy form, before version 1.6; write it anew with Python"})
  void whatIsNotDataIsRefusedWithItsName(String name, String expected) {
    assertThatThrownBy(() -> WeightsFile.open(FILES.resolve(name)))
        .isInstanceOf(BadWeights.class).hasMessageContaining(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "cos\\nsystem\\n. | at byte 0 of its pickle: GLOBAL: the name os.system is refused",
      "N\\x81. | at byte 1 of its pickle: NEWOBJ: this opcode is refused",
      "(cos\\nsystem\\no. | at byte 1 of its pickle: GLOBAL: the name os.system is refused",
      "(ios\\nsystem\\n. | at byte 1 of its pickle: INST: this opcode is refused",
      "\\x82\\x01. | at byte 0 of its pickle: EXT1: this opcode is refused",
      "P1\\n. | at byte 0 of its pickle: PERSID: this opcode is refused",
      "\\x8c\\x02os\\x8c\\x06system\\x93. | STACK_GLOBAL: the name os.system is refused",
      "ctorch\\nFloatStorage\\n)R. | REDUCE: a call of torch.FloatStorage is refused",
      "X\\x01\\x00\\x00\\x00a)R. | REDUCE: finds a string where a name must be",
      "]}b. | BUILD: attributes of a list are refused",
      "}]K\\x01s. | SETITEM: a key that is a list, expected a text or a number",
      "X\\xff\\xff\\xff\\x7f | BINUNICODE: an operand of 2147483647 bytes where 0 are left",
      "\\x8a\\xff | LONG1: an operand of 255 bytes where 0 are left",
      "h\\x05. | BINGET: asks for value 5 of the memo, which has none",
      "\\x80\\x09. | PROTO: protocol 9, expected at most 5",
      "\\xff | at byte 0 of its pickle: 0xff is no pickle opcode",
      "]r\\xff\\xff\\xff\\xff. | LONG_BINPUT: what it holds beside numbers would take more than 4992 bytes of mem",
      "0 | POP: works on a value that is not there",
      "]. | holds no tensors",
      "]q\\x00h\\x00a. | holds dictionaries in dictionaries without end"})
  void aPickleThatIsNotACheckpointIsRefusedWhereItGoesWrong(String pickle, String expected) throws IOException {
    byte[] file = torchFile(unescaped(pickle), ZipEntry.STORED);
    assertThatThrownBy(() -> TorchFile.of(ByteBuffer.wrap(file), "file"))
        .isInstanceOf(BadWeights.class).hasMessageStartingWith("file: ").hasMessageContaining(expected);
  }

  @ParameterizedTest
  @CsvSource({"}, EMPTY_DICT", "}\\x94, EMPTY_DICT", "(, MARK"})
  void manyValuesOfAFewBytesAreRefused(String values, String opcode) throws IOException {
    byte[] file = torchFile(unescaped(values.repeat(1_000_000)), ZipEntry.STORED);
    assertThatThrownBy(() -> TorchFile.of(ByteBuffer.wrap(file), "file"))
        .isInstanceOf(BadWeights.class).hasMessageStartingWith("file: at byte ").hasMessageContaining(opcode + ": ");
  }

  /** Each is called by a name of 4000 letters, of which the pickle has one. */
  @Test
  void tensorsWithoutNumbersDoNotFillTheMemoryWithTheirNames() throws IOException {
    String name = "X\\xa0\\x0f\\x00\\x00" + "n".repeat(4000);
    byte[] pickle = unescaped("}" + name + "](" + tensor("K\\x00") + "h\\x01".repeat(100_000) + "es.");
    byte[] file = torchFile(pickle, ZipEntry.STORED);
    assertThatThrownBy(() -> TorchFile.of(ByteBuffer.wrap(file), "file")).isInstanceOf(BadWeights.class)
        .hasMessageMatching("file: what it holds beside numbers would take more than \\d+ bytes of memory");
  }

  @Test
  void aModelMayBeSavedThriceInOneFileButNotWithoutEnd() throws IOException {
    String thrice = "](" + tensor("M\\xe8\\x03") + "h\\x01".repeat(2);
    try (TorchFile file = TorchFile.of(ByteBuffer.wrap(torchFile(unescaped(thrice + "e."), ZipEntry.STORED)), "file")) {
      assertThat(file.tensors()).hasSize(3);
    }
    byte[] more = torchFile(unescaped(thrice + "h\\x01".repeat(3) + "e."), ZipEntry.STORED);
    assertThatThrownBy(() -> TorchFile.of(ByteBuffer.wrap(more), "file")).isInstanceOf(BadWeights.class)
        .hasMessageContaining("its tensors share their numbers so that they are more than 4 times");
  }

  /** A tensor of so many numbers, also in the memo at 1. */
  private static String tensor(String count) {
    return "((X\\x07\\x00\\x00\\x00storagectorch\nFloatStorage\nX\\x01\\x00\\x00\\x000NM\\xe8\\x03tQK\\x00" + count
        + "\\x85K\\x01\\x85tq\\x00ctorch._utils\n_rebuild_tensor_v2\nh\\x00Rq\\x01";
  }

  /** Entries without content may all say that they are where the first one is. */
  @Test
  void aZipFileOfMoreEntriesThanItHasBytesForIsRefused() {
    int count = 400_000;
    ByteBuffer file = ByteBuffer.allocate(30 + count * 52 + 56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0, 0x04034b50);
    for (int at = 30, i = 0; i < count; i++, at += 52) {
      file.putInt(at, 0x02014b50).putShort(at + 28, (short) 6);
      file.put(at + 46, "%06d".formatted(i).getBytes(StandardCharsets.US_ASCII));
    }
    int end = 30 + count * 52;
    file.putInt(end, 0x06064b50).putLong(end + 40, end - 30L).putLong(end + 48, 30);
    file.putInt(end + 56, 0x07064b50).putLong(end + 64, end).putInt(end + 76, 0x06054b50);
    assertThatThrownBy(() -> TorchFile.of(file.position(0), "file")).isInstanceOf(BadWeights.class)
        .hasMessageMatching("file: its directory: what it holds beside numbers would take more than \\d+ bytes of.*");
  }

  @Test
  void aCompressedEntryIsRefused() throws IOException {
    byte[] file = torchFile(unescaped("}."), ZipEntry.DEFLATED);
    assertThatThrownBy(() -> TorchFile.of(ByteBuffer.wrap(file), "file")).isInstanceOf(BadWeights.class)
        .hasMessage("file: a damaged zip file: entry x/data.pkl is compressed (method 8), expected stored as torch.save"
            + " writes it");
  }

  @Test
  void aTruncatedFileIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve("state.pt"));
    assertThatThrownBy(() -> TorchFile.of(ByteBuffer.wrap(whole, 0, whole.length / 2), "file"))
        .isInstanceOf(BadWeights.class).hasMessageContaining("it has no directory at its end (truncated file?)");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "version https://git-lfs.github.com/spec/v1 | is only the pointer that Git LFS leaves",
      "GGUF____            | is a GGUF file, the form of llama.cpp, which is not read; fetch the model's .safetensors",
      "'\uFEFF\n <!DOCTYPE html>' | is a web page, not weights: one about the file, or one that asks to log in",
      "<html lang='en'>    | is a web page",
      "# i4vgen: videos    | is a text, not weights",
      "a                   | is a text, not weights",
      "'étoile\n'          | is a text, not weights",
      "'{ weight_map: {} }' | is a text, such as a configuration or an index of weights",
      "'no \1checkpoint'   | not a safetensors file?"})
  void otherFilesAreRefusedWithAHint(String content, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("x.ckpt"), content);
    assertThatThrownBy(() -> WeightsFile.open(file)).isInstanceOf(BadWeights.class).hasMessageContaining(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "80028a0a6cfc9c46f9206aa850192e                   | is of PyTorch's legacy form",
      "8004950d000000000000008a0a6cfc9c46f9206aa850192e | is of PyTorch's legacy form",
      "800595660000000000000 07d948c0161                | is a pickle of Python's, but not one that torch.save",
      "80027d71002858010000006171                       | is a pickle of Python's"})
  void otherPicklesAreRefusedWithAHint(String content, String expected) throws IOException {
    Path file = Files.write(folder.resolve("x.pt"), HexFormat.of().parseHex(content.replace(" ", "")));
    assertThatThrownBy(() -> WeightsFile.open(file)).isInstanceOf(BadWeights.class).hasMessageContaining(expected);
  }

  /** The lengths of these headers begin like a pickle, or like a text. */
  @ParameterizedTest
  @ValueSource(ints = {0x280, 0x7b, 0x7b0a, 0x7b20})
  void aSafetensorsFileIsNotTakenForAnythingElse(int length) throws IOException {
    byte[] header = "{}".concat(" ".repeat(length - 2)).getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(header).array();
    try (WeightsFile file = WeightsFile.open(Files.write(folder.resolve("x"), bytes))) {
      assertThat(file).isInstanceOf(Safetensors.class);
    }
  }

  @Test
  void aTarFileIsRefusedWithAHint() throws IOException {
    byte[] tar = new byte[512];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    Path file = Files.write(folder.resolve("x.pt"), tar);
    assertThatThrownBy(() -> WeightsFile.open(file)).isInstanceOf(BadWeights.class)
        .hasMessageContaining("is a tar file");
  }

  /** Pickles above are written with Python's escapes. */
  private static byte[] unescaped(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && text.charAt(i + 1) == 'n') {
        bytes.write('\n');
        i++;
      } else if (c == '\\') {
        bytes.write(Integer.parseInt(text, i + 2, i + 4, 16));
        i += 3;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] torchFile(byte[] pickle, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      put(zip, "x/data.pkl", pickle, method);
      put(zip, "x/data/0", new byte[4 * COUNT], method);
    }
    return bytes.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, byte[] content, int method) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(method);
    entry.setSize(content.length);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
  }
}
