// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferenceTest {

  private static final Path CASES = Path.of("src/test/resources/reference");

  @TempDir
  Path directory;

  static Stream<Path> cases() throws IOException {
    return Reference.folders(CASES).stream();
  }

  @Test
  void everyCaseIsThere() throws IOException {
    assertThat(cases().map(folder -> folder.getFileName().toString())).contains("clip-text", "clip-text-gelu",
        "clip-tokenizer", "vae-2level", "vae-4level", "unet2d-sd1", "unet2d-sd2", "animatediff-unet",
        "unet-motion-diffusers", "imagereward", "imagereward-preprocess", "imagereward-tokenizer", "torch-randn",
        "ddim-steps", "i4vgen-animatediff-trace", "freeinit-trace", "i4vgen-lavie-trace", "lavie-unet",
        "ldm-single-file", "lora", "sparsectrl-rgb", "sparsectrl-scribble", "taesd", // and of our own:
        "unet2d-one-level", "unet2d-uneven", "unet-motion-two-layers", "vae-1level", "vae-5level", "ddim-more-steps");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void reproducesTheOriginalsNumbers(Path folder) {
    Outcome outcome = Reference.complete().run(folder);
    assertThat(outcome).as(outcome.report()).isInstanceOf(Outcome.Compared.class);
    assertThat(outcome.acceptable()).as(outcome.report()).isTrue();
  }

  @Test
  void equalTensorsPass() throws IOException {
    Outcome outcome = new Reference(List.of(new Copy())).run(write("same", "copy", 1, 2, 1, 2));
    assertThat(outcome.acceptable()).isTrue();
    assertThat(outcome.report()).startsWith("same").contains("0.00e+00", "1.00e-04").endsWith("PASS");
  }

  @Test
  void aPerturbedTensorFails() throws IOException {
    Outcome outcome = new Reference(List.of(new Copy())).run(write("perturbed", "copy", 1, 2, 1, 2.001f));
    assertThat(outcome.acceptable()).isFalse();
    assertThat(outcome.report()).contains("5.00e-04  ", "FAIL", "the copy");
  }

  @Test
  void aResultThatIsNotANumberFails() throws IOException {
    Outcome outcome = new Reference(List.of(new Copy())).run(write("nan", "copy", Float.NaN, 2, 1, 2));
    assertThat(outcome.acceptable()).isFalse();
  }

  @Test
  void aKindWithoutACheckIsUnknownAndDoesNotFail() throws IOException {
    Outcome outcome = Reference.complete().run(write("new", "a-kind-of-tomorrow", 1, 2, 1, 2));
    assertThat(outcome).isEqualTo(new Outcome.Unknown("new", "a-kind-of-tomorrow"));
    assertThat(outcome.acceptable()).isTrue();
    assertThat(outcome.report()).contains("UNKNOWN", "a-kind-of-tomorrow");
  }

  @Test
  void aCaseThatCannotBeRunFailsWithItsReason() throws IOException {
    Path folder = write("broken", "copy", 1, 2, 1, 2);
    Files.delete(folder.resolve("io.safetensors"));
    Outcome outcome = new Reference(List.of(new Copy())).run(folder);
    assertThat(outcome.acceptable()).isFalse();
    assertThat(outcome.report()).contains("FAIL", "io.safetensors", "no such file");
  }

  @Test
  void aCaseWithoutAKindFails() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("nameless"));
    Files.writeString(folder.resolve("case.json"), "{}");
    assertThat(Reference.complete().run(folder).report()).contains("FAIL", "\"kind\" is missing");
  }

  @Test
  void aTensorOfAnotherShapeFails() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Comparison comparison = Comparison.network("x", manager.zeros(new Shape(2)),
          manager.zeros(new Shape(1, 2)));
      assertThat(comparison.passed()).isFalse();
      assertThat(comparison.what()).contains("shape (2) instead of (1, 2)");
    }
  }

  @Test
  void runsEveryCaseOfADirectoryByNameAndTellsEachOne() throws IOException {
    write("b", "copy", 1, 2, 1, 2);
    write("a", "copy", 1, 2, 3, 4);
    List<Outcome> told = new ArrayList<>();
    List<Outcome> outcomes = new Reference(List.of(new Copy())).run(directory, told::add);
    assertThat(outcomes).isEqualTo(told).extracting(Outcome::name).containsExactly("a", "b");
    assertThat(outcomes).extracting(Outcome::acceptable).containsExactly(false, true);
  }

  @Test
  void aDirectoryWithoutCasesIsRefused() {
    assertThatThrownBy(() -> Reference.complete().run(directory, o -> { }))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no folder in it has a case.json");
  }

  /** Compares tensor "in" with tensor "out". */
  private static final class Copy implements Check {

    @Override
    public String kind() {
      return "copy";
    }

    @Override
    public List<Comparison> run(Case reference, NDManager manager) {
      Tensors io = reference.io(manager);
      return List.of(Comparison.network("the copy", io.get("in"), io.get("out")));
    }
  }

  private Path write(String name, String kind, float in0, float in1, float out0, float out1) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(name));
    Files.writeString(folder.resolve("case.json"), "{\"kind\": \"" + kind + "\"}");
    byte[] header = ("{\"in\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        + "\"out\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}").getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length).put(header).putFloat(in0).putFloat(in1).putFloat(out0).putFloat(out1);
    Files.write(folder.resolve("io.safetensors"), bytes.array());
    return folder;
  }
}
