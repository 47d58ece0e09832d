// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.model.PackFiles;
import io.i4vgen.model.Packs;
import io.i4vgen.model.WeightsKind;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportTest {

  private static final Path CASES = Path.of("src/test/resources/reference");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
      "ldm-single-file/weights, STABLE_DIFFUSION",
      "lavie-unet/weights, LAVIE",
      "sparsectrl-rgb/weights, SPARSECTRL_RGB",
      "sparsectrl-scribble/weights, SPARSECTRL_SCRIBBLE",
      "imagereward/weights, IMAGE_REWARD",
      "taesd/weights, TINY_VAE",
      "taesd/weights-original-encoder, TINY_VAE",
      "taesd/weights-original-decoder, TINY_VAE",
      "clip-text/weights, TEXT_ENCODER",
      "vae-4level/weights, VAE",
      "vae-4level/weights-deprecated-names, VAE",
      "unet2d-sd1/weights, UNET",
      "lora/lora-kohya, LORA",
      "lora/lora-peft, LORA",
      "lora/lora-attn-processor, LORA",
  })
  void filesAreKnownByTheirTensors(String file, WeightsKind kind) {
    try (StateDict state = StateDict.open(CASES.resolve(file + ".safetensors"))) {
      assertThat(Recognition.of(state)).contains(kind);
    }
  }

  /** Modules with and without a middle block, with positions for so many frames, in both namings. */
  @ParameterizedTest
  @CsvSource({"false, 24, MOTION_V1", "true, 32, MOTION_V2", "false, 32, MOTION_V3"})
  void versionsOfMotionModulesDifferInShape(boolean middle, int frames, WeightsKind kind) throws IOException {
    for (String name : List.of("module.%s.motion_modules.0.temporal_transformer.transformer_blocks.0."
        + "attention_blocks.0.pos_encoder.pe", "%s.motion_modules.0.transformer_blocks.0.pos_embed.pe")) {
      Map<String, long[]> shapes = new LinkedHashMap<>();
      shapes.put(name.formatted("down_blocks.0"), new long[] {1, frames, 8});
      if (middle) {
        shapes.put(name.formatted("mid_block"), new long[] {1, frames, 8});
      }
      try (StateDict state = StateDict.open(write("motion.safetensors", shapes))) {
        assertThat(Recognition.of(state)).contains(kind);
      }
    }
  }

  @Test
  void motionLorasAndStrangersAreTold() throws IOException {
    String module = "down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0."
        + "processor.to_q_lora.";
    try (StateDict lora = StateDict.open(write("lora.safetensors",
            Map.of(module + "down.weight", new long[] {4, 8}, module + "up.weight", new long[] {8, 4})));
        StateDict control = StateDict.open(write("control.safetensors",
            Map.of("controlnet_cond_embedding.conv_in.weight", new long[] {16, 3, 3, 3})));
        StateDict large = StateDict.open(write("sdxl.safetensors",
            Map.of("model.diffusion_model.out.0.weight", new long[] {320}, "conditioner.x", new long[] {1})));
        StateDict other = StateDict.open(write("other.safetensors", Map.of("x.weight", new long[] {2, 3})))) {
      assertThat(Recognition.of(lora)).contains(WeightsKind.MOTION_LORA);
      assertThat(Recognition.of(control)).isEmpty();
      assertThat(Recognition.of(large)).isEmpty();
      assertThat(Recognition.of(other)).isEmpty();
      assertThat(Recognition.seen(other)).isEqualTo("1 tensors, the first ones x.weight (2, 3)");
    }
  }

  private Path write(String name, Map<String, long[]> shapes) throws IOException {
    try (NDManager memory = NDManager.newBaseManager()) {
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      shapes.forEach((tensor, shape) -> tensors.put(tensor, memory.zeros(new Shape(shape), DataType.FLOAT32)));
      Path file = folder.resolve(name);
      Safetensors.write(file, tensors, Map.of());
      return file;
    }
  }

  private Import packs(String... files) throws IOException {
    Path pack = Files.createDirectories(folder.resolve("packs/part"));
    Files.writeString(pack.resolve("plugin.yaml"), """
        name: part
        description: a part
        license: Apache-2.0
        networks: {reward: {textConfig: vocab.txt, weights: [vocab.txt]}}
        tokenizers: {reward: vocab.txt}
        files:
          vocab.txt: {repo: a/b, bytes: 5, sha256: %s}
        """.formatted(PackFiles.sha256(Files.writeString(folder.resolve("x"), "words"))) + String.join("", files));
    return new Import(new Packs(List.of(folder.resolve("packs")), URI.create("https://hub.example")));
  }

  private static final String LAVIE = "  base.pt: {repo: a/b, holds: lavie}\n";

  @Test
  void aFileTakesItsPlaceAndTheOriginalStaysAsItIs() throws IOException {
    Path file = Files.copy(CASES.resolve("lavie-unet/weights.safetensors"), folder.resolve("mine.bin"));
    byte[] before = Files.readAllBytes(file);
    Import.Result result = packs(LAVIE).run(file);
    Path target = folder.resolve("packs/hub/a/b/base.pt");
    assertThat(result).isInstanceOf(Import.Taken.class);
    assertThat(result.text()).startsWith(file + " is LaVie's UNet, base.pt of pack part: " + target);
    assertThat(target).hasBinaryContent(before);
    Files.delete(target);
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void aLinkIsFollowedToWhatItIsALinkTo() throws IOException {
    Path real = Files.copy(CASES.resolve("lavie-unet/weights.safetensors"), folder.resolve("real.bin"));
    Path link = Files.createSymbolicLink(folder.resolve("link.bin"), real);
    assertThat(packs(LAVIE).run(link)).isInstanceOf(Import.Taken.class);
    assertThat(folder.resolve("packs/hub/a/b/base.pt")).isRegularFile().isReadable();
    assertThat(Files.isSymbolicLink(folder.resolve("packs/hub/a/b/base.pt"))).isFalse();
  }

  @Test
  void aVocabularyIsKnownByItsChecksumUnderAnyName() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.text"), "words");
    assertThat(packs().run(file).text()).startsWith(file + " is vocab.txt of pack part: ");
    Path other = Files.writeString(folder.resolve("vocab.txt"), "other");
    assertThat(packs().run(other).text()).isEqualTo(("%s: is not a file that a pack asks for: pack part lists"
        + " vocab.txt: that has sha256 %s, this one %s; to use it, make a pack of your own that lists it"
        + " (docs/packs.md)").formatted(other, PackFiles.sha256(file), PackFiles.sha256(other)));
  }

  @Test
  void aFileOfTheRightKindAndAnotherSizeIsNotMistakenForThePublishedOne() throws IOException {
    Path file = CASES.resolve("lavie-unet/weights.safetensors");
    assertThat(packs("  base.pt: {repo: a/b, bytes: 7, holds: lavie}\n").run(file).text()).startsWith(file
        + ": is LaVie's UNet, but another one: pack part lists base.pt: that has 7 bytes, this one "
        + Files.size(file) + "; to use it, make a pack");
  }

  @Test
  void aNameSaysNothingWhereNeitherSizeNorChecksumCanConfirmIt() throws IOException {
    Path stranger = write("base.pt", Map.of("x.weight", new long[] {2, 3}));
    assertThat(packs(LAVIE).run(stranger).text()).contains("base.pt: is not recognised (1 tensors");
    Path confirmed = write("known.pt", Map.of("x.weight", new long[] {2, 3}));
    assertThat(packs("  known.pt: {repo: a/b, bytes: %d, holds: lavie}\n".formatted(Files.size(confirmed)))
        .run(confirmed).text()).doesNotContain("unverified").contains("is known.pt of pack part");
  }

  @Test
  void aFileThatOnlyItsKindSpeaksForIsTakenAsUnverifiedAndRatherForAPlaceThatIsKnown() throws IOException {
    Path file = CASES.resolve("lavie-unet/weights.safetensors");
    assertThat(packs(LAVIE).run(file).text()).endsWith(
        "; unverified: the pack knows neither size nor checksum, so this may be another file of the same kind");
    String known = "  other.pt: {repo: a/b, holds: lavie, sha256: %s}\n".formatted(PackFiles.sha256(file));
    assertThat(packs(LAVIE, known).run(file).text()).contains("other.pt of pack part").doesNotContain("unverified");
  }

  @Test
  void whatNoPackAsksForIsSaid() throws IOException {
    Path file = CASES.resolve("taesd/weights.safetensors");
    assertThat(packs().run(file).text()).isEqualTo(file + ": is a tiny VAE (TAESD), which no pack asks for under this"
        + " name; to use it, make a pack of your own that lists it (docs/packs.md)");
    assertThat(packs().run(folder.resolve("nowhere")).text()).endsWith("nowhere: no such file");
    assertThat(packs().run(CASES.resolve("clip-tokenizer/merges.txt")).text()).contains("is not recognised (");
    assertThat(Import.known()).startsWith("a Stable Diffusion checkpoint in one file; ");
  }

  @Test
  void aLoraThatNoPackListsIsUsableWhereItIs() throws IOException {
    Path file = CASES.resolve("lora/lora-kohya.safetensors");
    assertThat(packs().run(file)).isInstanceOf(Import.Usable.class).extracting(Import.Result::text)
        .isEqualTo(file + " is a LoRA: no pack lists it, and none needs to: use it where it is, with ./i4vgen generate"
            + " ... --lora " + file);
    assertThat(packs("  film.safetensors: {repo: a/b, bytes: 7, holds: lora}\n").run(file))
        .isInstanceOf(Import.Usable.class);
    assertThat(packs("  film.safetensors: {repo: a/b, holds: lora}\n").run(file)).isInstanceOf(Import.Taken.class);
  }

  @Test
  void ofAFolderTheFilesRightInItAreTaken() throws IOException {
    Path mine = Files.createDirectories(folder.resolve("mine/inner"));
    assertThatThrownBy(() -> Import.files(mine)).isInstanceOf(HubException.class)
        .hasMessage(mine + ": is a folder without files; give the files, or the folder that they lie right in");
    Path deep = Files.writeString(mine.resolve("a"), "a");
    Files.writeString(mine.resolveSibling(".hidden"), "a");
    Path second = Files.writeString(mine.resolveSibling("z"), "a");
    Path first = Files.writeString(mine.resolveSibling("b"), "a");
    assertThat(Import.files(mine.getParent())).containsExactly(first, second);
    assertThat(Import.files(deep)).containsExactly(deep);
  }

  @Test
  void aDamagedPlaceIsTakenAnew() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.text"), "words");
    Import taking = packs();
    Path target = folder.resolve("packs/hub/a/b/vocab.txt");
    Files.createDirectories(target.getParent());
    Files.writeString(target, "wor");
    assertThat(taking.run(file)).isInstanceOf(Import.Taken.class);
    assertThat(target).hasContent("words");
    assertThat(taking.run(target).text()).endsWith("(there already)");
  }

  /** Of the same size, so that only their content tells them apart. */
  @Test
  void aPlaceWithAnotherContentIsTakenAnewAndTheRightOneIsLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.text"), "words");
    Import taking = packs();
    Path target = folder.resolve("packs/hub/a/b/vocab.txt");
    Files.createDirectories(target.getParent());
    Files.writeString(target, "sword");
    assertThat(taking.run(file).text()).endsWith("ed, instead of a damaged one)");
    assertThat(target).hasContent("words");
    Path copy = Files.writeString(folder.resolve("copy.text"), "words");
    assertThat(taking.run(copy).text()).endsWith("(there already)");
    assertThat(Files.isSameFile(copy, target)).isFalse();
  }

  @Test
  void aHalfCopiedFileOfAnUnknownSizeIsReplacedByAWholeOneOfItsKind() throws IOException {
    Path file = CASES.resolve("lavie-unet/weights.safetensors");
    Import taking = packs(LAVIE);
    Path target = folder.resolve("packs/hub/a/b/base.pt");
    Files.createDirectories(target.getParent());
    Files.write(target, Arrays.copyOf(Files.readAllBytes(file), 50_000));
    assertThat(taking.run(file).text()).contains("ed, instead of a damaged one); unverified: ");
    assertThat(target).hasSameBinaryContentAs(file);
    Path copy = Files.copy(file, folder.resolve("copy.bin"));
    assertThat(taking.run(copy).text()).contains("(there already)");
  }

  @Test
  void whatTheHubHasSaidOfAFileCountsAsWhatThePackSays() throws IOException {
    Path file = CASES.resolve("lavie-unet/weights.safetensors");
    Import taking = packs(LAVIE);
    Ledger ledger = new Ledger(Files.createDirectories(folder.resolve("packs/hub")));
    Path target = folder.resolve("packs/hub/a/b/base.pt");
    ledger.note(target, new Ledger.Known(7, "", Ledger.Known.NEVER));
    assertThat(taking.run(file).text()).contains("pack part lists base.pt: that has 7 bytes");
    ledger.note(target, new Ledger.Known(Files.size(file), PackFiles.sha256(file), Ledger.Known.NEVER));
    assertThat(taking.run(file).text()).endsWith("ed)");
    assertThat(ledger.isCompared(target, PackFiles.sha256(file))).isTrue();
  }
}
