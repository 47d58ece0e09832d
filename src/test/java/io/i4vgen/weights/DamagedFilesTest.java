// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files with random damage: each is read or refused as {@link BadWeights}, and none fills the memory. */
@Timeout(value = 5, unit = TimeUnit.MINUTES) // only an endless loop takes so long
class DamagedFilesTest {

  private static final Path FILES = Path.of("src/test/resources/torch");
  private static final int FILES_EACH = 100_000;
  private static final long SEED = 20260101;

  /**
   * For the end of a zip file 64 KiB are searched, and errors carry stack traces. Java's objects are larger than a
   * pickle's opcodes of one byte.
   */
  private static final long HEAP_FOR_A_BYTE = 16;
  private static final long HEAP_FOR_A_FILE = 96 << 10;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** A sound file, and the part of it that says what is in it: damage elsewhere only changes numbers. */
  private record Sound(byte[] file, int from, int to) {}

  private int read;

  @Test
  void damagedTorchFilesAreReadOrRefused() throws IOException {
    List<Sound> sound = new ArrayList<>();
    for (String name : List.of("state.pt", "protocol5.pt", "lightning.ckpt")) {
      byte[] file = Files.readAllBytes(FILES.resolve(name));
      String pickle = name.substring(0, name.indexOf('.')) + "/data.pkl";
      ZipIndex.Entry entry = ZipIndex.read(ByteSource.of(ByteBuffer.wrap(file), name)).get(pickle);
      int start = (int) entry.offset();
      sound.add(new Sound(file, start, start + (int) entry.size()));
      sound.add(new Sound(file, file.length - 1200, file.length));
      sound.add(new Sound(file, 0, file.length));
    }
    damage(sound, TorchFile::of);
  }

  @Test
  void damagedSafetensorsFilesAreReadOrRefused() throws IOException {
    List<Sound> sound = new ArrayList<>();
    for (String name : List.of("state.pt.safetensors", "lightning.ckpt.safetensors")) {
      byte[] file = Files.readAllBytes(FILES.resolve(name));
      sound.add(new Sound(file, 0, 8));
      sound.add(new Sound(file, 8, 8 + ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt()));
      sound.add(new Sound(file, 0, file.length));
    }
    damage(sound, Safetensors::of);
  }

  private void damage(List<Sound> sound, BiFunction<ByteBuffer, String, WeightsFile> open) {
    for (int i = 0; i < FILES_EACH; i++) {
      byte[] file = damaged(sound.get(i % sound.size()), sound.get(random.nextInt(sound.size())));
      try {
        long limit = HEAP_FOR_A_FILE + HEAP_FOR_A_BYTE * file.length;
        // The first file of a kind makes Java load classes, too: so it has a second chance.
        assertThat(read(open, file) <= limit || read(open, file) <= limit).as("heap within %d bytes", limit).isTrue();
      } catch (RuntimeException | Error e) {
        throw new AssertionError("file %d of seed %d: %s".formatted(i, SEED, e), e);
      }
    }
    assertThat(read).as("files that could be read although damaged").isBetween(FILES_EACH / 100, FILES_EACH * 9 / 10);
  }

  /** Returns the bytes of heap that it took. */
  private long read(BiFunction<ByteBuffer, String, WeightsFile> open, byte[] file) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try (WeightsFile weights = open.apply(ByteBuffer.wrap(file), "damaged")) {
      long total = 0;
      for (TensorInfo info : weights.tensors().values()) {
        total += weights.bytes(info.name()).remaining();
      }
      assertThat(total).isLessThanOrEqualTo(4L * file.length);
      read++;
    } catch (BadWeights e) {
      assertThat(e).hasMessageStartingWith("damaged: ");
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private byte[] damaged(Sound sound, Sound other) {
    byte[] file = sound.file().clone();
    int times = 1 + random.nextInt(4);
    for (int i = 0; i < times && file.length > sound.from(); i++) {
      int at = sound.from() + random.nextInt(Math.min(sound.to(), file.length) - sound.from());
      file = damaged(file, at, other);
    }
    return file;
  }

  private byte[] damaged(byte[] file, int at, Sound other) {
    switch (random.nextInt(11)) {
      case 0, 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
      case 2, 3 -> file[at] = (byte) random.nextInt(256);
      case 4 -> Arrays.fill(file, at, Math.min(file.length, at + 1 + random.nextInt(8)),
          (byte) (random.nextInt(3) - 1));
      case 5 -> {
        return Arrays.copyOf(file, at);
      }
      case 6 -> {
        return joined(file, at, new byte[0], Math.min(file.length, at + 1 + random.nextInt(16)));
      }
      case 7 -> {
        byte[] noise = new byte[1 + random.nextInt(16)];
        random.nextBytes(noise);
        return joined(file, at, noise, at);
      }
      case 8 -> {
        return repeated(file, at);
      }
      default -> {
        int from = other.from() + random.nextInt(other.to() - other.from());
        int length = Math.min(other.to() - from, Math.min(file.length - at, 1 + random.nextInt(64)));
        System.arraycopy(other.file(), from, file, at, length);
      }
    }
    return file;
  }

  /** A few bytes again and again: a run of opcodes, or of braces. */
  private byte[] repeated(byte[] file, int at) {
    byte[] run = Arrays.copyOfRange(file, at, Math.min(file.length, at + 1 + random.nextInt(12)));
    byte[] runs = new byte[run.length * (1 + random.nextInt(200))];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = run[i % run.length];
    }
    return joined(file, at, runs, at);
  }

  private static byte[] joined(byte[] file, int end, byte[] middle, int begin) {
    byte[] joined = new byte[end + middle.length + file.length - begin];
    System.arraycopy(file, 0, joined, 0, end);
    System.arraycopy(middle, 0, joined, end, middle.length);
    System.arraycopy(file, begin, joined, end + middle.length, file.length - begin);
    return joined;
  }
}
