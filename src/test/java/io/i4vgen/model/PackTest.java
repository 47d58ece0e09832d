// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.diffusion.BetaSchedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackTest {

  @TempDir Path parent;
  private Path folder;
  private Packs packs;

  @BeforeEach
  void write() throws IOException {
    folder = SmallPack.write(parent);
    packs = new Packs(List.of(parent.resolve("nowhere"), parent));
  }

  @Test
  void aPackIsFoundByNameAndByFolder() {
    PackDescription pack = packs.find("small");
    assertThat(packs.find(folder.toString())).isEqualTo(pack);
    assertThat(packs.names()).containsExactly("small");
    assertThat(pack.frame()).isEqualTo(new Frame(32, 64, 4, 8, 4, 2));
    assertThat(pack.frame().latentHeight()).isEqualTo(32);
    assertThat(pack.frames()).isEqualTo(4);
    assertThat(pack.negativePrompt()).isEqualTo("blurred");
    assertThat(pack.has(Kind.MOTION)).isTrue();
    assertThat(pack.network(Kind.MOTION).options()).isEqualTo(Map.of("groupNorm", "shared"));
  }

  @Test
  void optionsAreTexts() {
    PackDescription pack = packs.find("small");
    assertThat(pack.defaults()).containsEntry("steps", "4").containsEntry("guidance", "5.5");
    assertThat(pack.preset(null)).isEqualTo(Map.of("ni-vsds.stepSize", "10,1", "ni-vsds.fraction", "0.5"));
    assertThat(pack.preset("long")).isEqualTo(Map.of("ni-vsds.stepSize", "1"));
    assertThatThrownBy(() -> pack.preset("medium"))
        .hasMessage("pack 'small' has no preset 'medium'; it has short, long");
  }

  @Test
  void theSchedulerMayStandInThePackOrInAFile() throws IOException {
    assertThat(packs.find("small").scheduler().betaSchedule()).isEqualTo(BetaSchedule.LINEAR);
    assertThat(packs.find("small").scheduler().clipSample()).isFalse();
    Files.createDirectories(folder.resolve("scheduler"));
    Files.writeString(folder.resolve("scheduler/scheduler_config.json"),
        "{\"beta_schedule\": \"scaled_linear\", \"steps_offset\": 1, \"trained_betas\": null}");
    change("scheduler: \\{.*}", "scheduler: scheduler/scheduler_config.json");
    assertThat(packs.find("small").scheduler().betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
    assertThat(packs.find("small").scheduler().stepsOffset()).isEqualTo(1);
  }

  @Test
  void aPackThatIsNotFoundByItsNameIsCalledByItsFolder() {
    assertThat(packs.called(packs.find(folder.toString()))).isEqualTo("small");
    assertThat(new Packs(List.of()).called(packs.find("small"))).isEqualTo(folder.toString());
  }

  @Test
  void anUnknownPackNamesTheKnownOnesAndTheFolders() {
    assertThatThrownBy(() -> packs.find("shape")).isInstanceOf(PackException.class).hasMessage(
        "no pack 'shape': there is small, looked for in %s, %s; or give the folder of a pack",
        parent.resolve("nowhere"), parent);
    assertThatThrownBy(() -> packs.find("smal")).isInstanceOf(PackException.class)
        .hasMessageStartingWith("no pack 'smal': did you mean 'small'?; there is small, looked for in ");
    assertThatThrownBy(() -> packs.find("no\0path")).hasMessageStartingWith("no pack 'no\0path'");
    assertThatThrownBy(() -> packs.find(parent.toString()))
        .hasMessage("%s: has neither plugin.yaml nor model_index.json, so it is no pack", parent);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
      "fps: 8        | fsp: 8           | 4: video.fps is missing",
      "fps: 8        | fps: 8, fsp: 9   | 4: video.fsp is not a key here; the keys are width, height, frames, fps",
      "frames: 4     | frames: 0        | 4: video.frames must be a whole number from 1 to 4096, is 0",
      "frames: 4     | frames: many     | 4: video.frames must be a whole number from 1 to 4096, is many",
      "width: 32     | width: 33        | 4: video width and height must be multiples of 2, the VAE's factor, are 33",
      "name: small   | name: a b        | 1: name must be 1 to 64 letters, digits, '.', '_' or '-', is \"a b\"",
      "name: small   | precision: half\\nname: x | 1: precision must be fp32 or fp16 or bf16, is \"half\"",
      "name: small   | title: small     | 1: name is missing",
      "license:      | licence:         | 1: license is missing",
      "groupNorm: shared | groupNorm: x | 8: networks.motion.groupNorm must be perFrame or perClip or shared, is \"x\"",
      "[unet/model.safe  | [unet/mod.safe| 7: networks.unet.weights names unet/mod.safetensors, which is not under",
      "[unet/model.safetensors] | []    | 7: networks.unet.weights must list one file or more, lists none",
      "[unet/model.safetensors] | x     | 7: networks.unet.weights must be a list",
      "unet: {       | unet: {kind: sd, | 7: networks.unet.kind must be stable-diffusion or lavie, is \"sd\"",
      "unet: {       | unet: {kind: lavie, | 8: networks.motion is for a UNet of Stable Diffusion, but",
      "unet: {       | unet: {kind: lavie, groupNorm: shared, | 7: networks.unet.groupNorm is of motion modules",
      "vae: {        | vea: {           | 6: networks.vae is missing",
      "text: tokenizer | text: token    | 12: tokenizers.text names the folder token, of which no file is under files",
      "reward: reward/vocab.txt | reward: [a] | 13: tokenizers.reward must be a text",
      "steps: 4      | stesp: 4         | 15: defaults.stesp is not a key here; the keys are candidates, guidance",
      "preset: short | preset: best     | 15: defaults.preset must be one of [short, long], is best",
      "ni-vsds.fraction: | fraction:    | 17: presets.short.fraction must be an option of a stage",
      "beta_schedule: linear | beta_schedule: straight | 14: scheduler is refused: scheduler: beta_schedule straight",
      "defaults: {   | scheduler: {     | Duplicate",
      "name: small   | \"- small\"      | :",
  })
  void aWrongDescriptionIsAnErrorAtItsLine(String found, String written, String message) throws IOException {
    Path file = folder.resolve("plugin.yaml");
    String text = Files.readString(file);
    assertThat(text).contains(found);
    Files.writeString(file, text.replace(found, written.replace("\\n", "\n")));
    assertThatThrownBy(() -> packs.find("small")).isInstanceOf(PackException.class)
        .hasMessageStartingWith(file + ":").hasMessageContaining(message);
  }

  @Test
  void aPackWithoutPresetsMayHaveOneOfNiVsdsAsItsDefault() throws IOException {
    changeDefault("paper");
    assertThat(packs.find("small").preset(null)).isEqualTo(Map.of("ni-vsds.stepSize", "1.0", "ni-vsds.until", "0.4"));
    assertThat(packs.find("small").preset("auto")).isEqualTo(packs.find("small").preset("paper"));
    changeDefault("papr");
    assertThatThrownBy(() -> packs.find("small")).isInstanceOf(PackException.class)
        .hasMessageContaining("defaults.preset must be one of [code, paper], is papr");
  }

  @Test
  void stepsGuidanceAndSamplerMayBeSaidForAllStagesByAPreset() throws IOException {
    Path file = folder.resolve("plugin.yaml");
    Files.writeString(file,
        Files.readString(file).replace("long: {", "long: {sampler: lcm, steps: 6, guidance: 1.5, "));
    assertThat(packs.find("small").preset("long")).containsEntry("sampler", "lcm").containsEntry("steps", "6")
        .containsEntry("guidance", "1.5").hasSize(4);
  }

  @Test
  void aFileOutsideTheFolderIsRefused() throws IOException {
    for (String path : List.of("../x", "/etc/passwd", "a/../../b", "C:/x")) {
      Files.writeString(folder.resolve("plugin.yaml"), SmallPack.HEAD + "files:\n  \"" + path + "\": {bytes: 1}\n");
      assertThatThrownBy(() -> packs.find("small"))
          .hasMessageContaining("plugin.yaml:20: files." + path + " must be a path inside the pack's folder");
    }
  }

  @Test
  void missingAndShortFilesAreNamedWithTheBytesExpected() throws IOException {
    Path vae = folder.resolve("vae/model.safetensors");
    Path text = folder.resolve("text/model.safetensors");
    long vaeBytes = Files.size(vae);
    long textBytes = Files.size(text);
    Files.delete(vae);
    Files.write(text, new byte[7]);
    assertThatThrownBy(() -> packs.find("small")).isInstanceOf(PackException.class).hasMessage(
        "pack 'small': %s has 7 bytes, expected %d; %s is missing (%d bytes)", text, textBytes, vae, vaeBytes);
  }

  @Test
  void aDiffusersFolderIsAPackOfItsOwn() throws IOException {
    Path diffusers = parent.resolve("diffusers");
    Files.createDirectories(diffusers);
    Files.move(folder.resolve("text"), diffusers.resolve("text_encoder"));
    Files.move(folder.resolve("motion"), diffusers.resolve("motion_adapter"));
    for (String same : List.of("unet", "vae", "tokenizer", "reward")) {
      Files.move(folder.resolve(same), diffusers.resolve(same));
    }
    Files.writeString(diffusers.resolve("model_index.json"), "{\"_class_name\": \"AnimateDiffPipeline\"}");
    assertThatThrownBy(() -> packs.find(diffusers.toString()))
        .hasMessage(diffusers.resolve("scheduler/scheduler_config.json") + ": no such file");
    Files.createDirectories(diffusers.resolve("scheduler"));
    Files.writeString(diffusers.resolve("scheduler/scheduler_config.json"), "{}");
    PackDescription pack = packs.find(diffusers.toString());
    assertThat(pack.name()).isEqualTo("diffusers");
    assertThat(pack.frame()).isEqualTo(new Frame(16, 16, 16, 8, 4, 2));
    assertThat(pack.networks()).containsOnlyKeys(Kind.TEXT_ENCODER, Kind.UNET, Kind.MOTION, Kind.VAE, Kind.REWARD);
    assertThat(withControl(diffusers, "{\"_class_name\": \"SparseControlNetModel\"}"))
        .contains(Kind.SPARSECTRL_RGB).doesNotContain(Kind.SPARSECTRL_SCRIBBLE);
    assertThat(withControl(diffusers, "{\"_class_name\": \"SparseControlNetModel\","
        + " \"use_simplified_condition_embedding\": false}"))
        .contains(Kind.SPARSECTRL_SCRIBBLE).doesNotContain(Kind.SPARSECTRL_RGB);
    assertThat(withControl(diffusers, "{\"_class_name\": \"ControlNetModel\"}"))
        .doesNotContain(Kind.SPARSECTRL_RGB, Kind.SPARSECTRL_SCRIBBLE);
    assertThat(pack.preset(null)).isEmpty();
    assertThat(pack.preset("code")).isEqualTo(Map.of("ni-vsds.stepSize", "10.0,10.0,10.0,1.0",
        "ni-vsds.fraction", "0.6"));
    assertThat(pack.preset("paper")).isEqualTo(Map.of("ni-vsds.stepSize", "1.0", "ni-vsds.until", "0.4"));
    assertThatThrownBy(() -> pack.preset("papr")).isInstanceOf(PackException.class)
        .hasMessage("pack 'diffusers' has no preset 'papr'; it has code, paper");
    Files.delete(diffusers.resolve("unet/model.safetensors"));
    assertThatThrownBy(() -> packs.find(diffusers.toString()))
        .hasMessageStartingWith(diffusers.resolve("unet") + ": has no weights: none of [diffusion_pytorch_model,");
  }

  private void change(String pattern, String written) throws IOException {
    SmallPack.describe(folder, SmallPack.HEAD.replaceFirst(pattern, written));
  }

  /** The pack with no presets of its own and that default. */
  private void changeDefault(String preset) throws IOException {
    SmallPack.describe(folder, SmallPack.HEAD.replaceFirst("(?s)presets:.*", "").replace("short", preset));
  }

  /** The networks of a diffusers folder with a {@code controlnet/} of that configuration. */
  private Set<Kind> withControl(Path diffusers, String config) throws IOException {
    Path control = Files.createDirectories(diffusers.resolve("controlnet"));
    Files.writeString(control.resolve("config.json"), config);
    Files.write(control.resolve("diffusion_pytorch_model.safetensors"), new byte[8]);
    return packs.find(diffusers.toString()).networks().keySet();
  }
}
