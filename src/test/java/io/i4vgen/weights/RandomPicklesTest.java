// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Pickles of random instructions, some of which are repeated again and again: what one of them makes of something long
 * that it is given by its number in the memo, many would make out of a small file.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES) // only an endless loop takes so long
class RandomPicklesTest {

  private static final int FILES = 100_000;
  private static final long SEED = 20260202;
  private static final int LONGEST_TEXT = 4000;
  private static final int MOST_REPEATS = 400;
  private static final int REMEMBERED = 6;

  /** A pickle's allowance, and what falls off while its values are made. */
  private static final long HEAP_FOR_A_BYTE = 256;
  private static final long HEAP_FOR_A_FILE = 1 << 17;

  private static final List<String> NAMES = List.of("_codecs\nencode", "collections\nOrderedDict", "torch\nSize",
      "torch._utils\n_rebuild_tensor_v2", "torch._utils\n_rebuild_parameter", "torch\nFloatStorage", "torch\nfloat16",
      "numpy\ndtype", "numpy.core.multiarray\nscalar");

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void noPickleTakesMoreMemoryThanItsSizeAllows() throws IOException {
    int read = 0;
    for (int i = 0; i < FILES; i++) {
      byte[] file = file(pickle());
      long limit = HEAP_FOR_A_FILE + HEAP_FOR_A_BYTE * file.length;
      long before = THREADS.getCurrentThreadAllocatedBytes();
      read += read(file, i) ? 1 : 0;
      long taken = THREADS.getCurrentThreadAllocatedBytes() - before;
      // The first file makes Java load classes, too.
      assertThat(i == 0 ? 0 : taken).as("heap for file %d of seed %d, of %d bytes", i, SEED, file.length)
          .isLessThanOrEqualTo(limit);
    }
    assertThat(read).as("files that are checkpoints").isGreaterThan(FILES / 10);
  }

  private boolean read(byte[] file, int index) {
    try (WeightsFile weights = TorchFile.of(ByteBuffer.wrap(file), "random")) {
      return !weights.tensors().isEmpty();
    } catch (BadWeights e) {
      assertThat(e).hasMessageStartingWith("random: ");
      assertThat(e.getMessage()).hasSizeLessThan(1000);
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("file %d of seed %d: %s".formatted(index, SEED, e), e);
    }
  }

  /** A list with a tensor, and then whatever comes, some of it several times. */
  private byte[] pickle() {
    String start = "]q\0" + "((" + text("storage") + global("torch\nFloatStorage") + text("0") + "NK\1tQK\0)K\0" + "0)"
        + "tq\1" + global("torch._utils\n_rebuild_tensor_v2") + "h\1R" + "q\2a" + longText() + "q\3" + text("latin1")
        + "\u0086q\4" + global("_codecs\nencode") + "q\5";
    List<String> steps = new ArrayList<>(IntStream.range(0, 1 + random.nextInt(12)).mapToObj(i -> step()).toList());
    int from = random.nextInt(steps.size());
    int to = from + 1 + random.nextInt(Math.min(4, steps.size() - from));
    String repeated = String.join("", steps.subList(from, to)).repeat(random.nextInt(MOST_REPEATS));
    steps.set(to - 1, steps.get(to - 1) + repeated);
    String end = random.nextInt(2) == 0 ? "h\0." : "th\0.";
    return (start + "(" + String.join("", steps) + end).getBytes(StandardCharsets.ISO_8859_1);
  }

  private String step() {
    return switch (random.nextInt(20)) {
      case 0 -> "}h" + memo() + "h" + memo() + "s";
      case 1 -> "](h" + memo() + "h" + memo() + "h" + memo() + "e";
      case 2 -> longText();
      case 3 -> global(NAMES.get(random.nextInt(NAMES.size())));
      case 4 -> "h\5h\4R";
      case 5 -> "h\5h\4R0";
      case 6 -> random.nextInt(10) > 0 ? "N" : global(NAMES.get(random.nextInt(NAMES.size()))) + "h" + memo() + "R";
      case 7 -> "q" + memo();
      case 8 -> "\u0094";
      case 9 -> "r" + memo() + memo() + "\0\0";
      case 10 -> "(h" + memo() + "h" + memo() + "t";
      case 11 -> "h" + memo() + "\u0085";
      case 12 -> "h" + memo() + "h" + memo() + "\u0086";
      case 13 -> "}";
      case 14 -> "]";
      case 15 -> "h\0h\2a0";
      case 16 -> "h\0}h" + memo() + "h\2sa0";
      case 17 -> "}(h\3h\2" + text("x") + "h" + memo() + "u";
      case 18 -> "h" + memo();
      default -> "2";
    };
  }

  private char memo() {
    return (char) (random.nextInt(50) == 0 ? REMEMBERED : random.nextInt(REMEMBERED));
  }

  private String longText() {
    return text("y".repeat(random.nextInt(LONGEST_TEXT)));
  }

  private static String text(String text) {
    int length = text.length();
    return "X" + (char) (length & 255) + (char) (length >> 8) + "\0\0" + text;
  }

  private static String global(String lines) {
    return "c" + lines + "\n";
  }

  private static byte[] file(byte[] pickle) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      put(zip, "x/data.pkl", pickle);
      put(zip, "x/data/0", new byte[4]);
    }
    return bytes.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
  }
}
