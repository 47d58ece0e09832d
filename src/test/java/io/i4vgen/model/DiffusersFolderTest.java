// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.diffusion.BetaSchedule;
import io.i4vgen.diffusion.SchedulerConfig;
import io.i4vgen.network.Statistics;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.Unet;
import io.i4vgen.network.Vae;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The folder is made by {@code tools/make-diffusers-folder}. */
class DiffusersFolderTest {

  private static final Path FOLDER = Path.of("src/test/resources/diffusers/animatediff");

  @TempDir
  Path folder;

  @Test
  void aPipelineThatDiffusersHasSavedIsAPack() {
    PackDescription pack = new Packs(List.of()).find(FOLDER.toString());
    assertThat(pack.networks()).containsOnlyKeys(Kind.TEXT_ENCODER, Kind.UNET, Kind.MOTION, Kind.VAE);
    assertThat(pack.network(Kind.UNET).weights()).hasSize(3).allMatch(path -> path.endsWith("-of-00003.safetensors"));
    assertThat(pack.network(Kind.VAE).weights()).containsExactly("vae/diffusion_pytorch_model.fp16.safetensors");
    assertThat(pack.network(Kind.TEXT_ENCODER).weights()).containsExactly("text_encoder/pytorch_model.bin");
    assertThat(pack.frame()).isEqualTo(new Frame(64, 64, 8, 8, 4, 8));
    assertThat(pack.scheduler().betaSchedule()).isEqualTo(BetaSchedule.LINEAR);
    assertThat(pack.scheduler().stepsOffset()).isEqualTo(1);
  }

  @Test
  void itsNetworksAnswerAsInDiffusers() {
    try (NDManager memory = NDManager.newBaseManager();
        Models models = new Models(List.of(), memory, Device.cpu(), Optional.empty(), 1L << 30);
        StateDict file = StateDict.open(FOLDER.resolve("expected.safetensors"))) {
      PackDescription pack = models.describe(FOLDER.toString());
      Map<String, NDArray> expected = file.load(memory, DataType.FLOAT32);
      try (Lease<ClipTokenizer> tokenizer = models.tokenizer(pack);
          Lease<TextEncoder> encoder = models.textEncoder(pack);
          Lease<Backbone> unet = models.unet(pack);
          Lease<Vae> vae = models.vae(pack)) {
        assertThat(((Unet) unet.get()).config().motion().orElseThrow().statistics()).isEqualTo(Statistics.PER_FRAME);
        assertThat(tokenizer.get().encode("a red star").ids()).isEqualTo(expected.get("ids").toLongArray());
        same(encoder.get().encode(expected.get("ids")), expected.get("text"));
        same(unet.get().predict(expected.get("sample"), memory.create(new long[] {401}), expected.get("text"), 1, true),
            expected.get("noise"));
        same(vae.get().decodeRaw(expected.get("sample")), expected.get("image"));
      }
    }
  }

  /** What diffusers reads from the configuration of the folder. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"8 | 64 | 64", "[8, 16] | 128 | 64", "null | 512 | 512"})
  void thePicturesAreOfTheUnetsSize(String sampleSize, int width, int height) throws IOException {
    Path saved = copyWithSize(sampleSize);
    assertThat(new Packs(List.of()).find(saved.toString()).frame()).isEqualTo(new Frame(width, height, 8, 8, 4, 8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[8]", "[8, 0]", "-1", "[8, 8, 8]", "\"big\"", "4096"})
  void aSizeThatIsNoneIsRefusedWithItsFile(String sampleSize) throws IOException {
    Path saved = copyWithSize(sampleSize);
    assertThatThrownBy(() -> new Packs(List.of()).find(saved.toString())).isInstanceOf(PackException.class)
        .hasMessageStartingWith(saved.resolve("unet/config.json") + ": sample_size must be a number from 1 to 1024, or")
        .hasMessageEndingWith("is " + sampleSize.replace(" ", ""));
  }

  private Path copyWithSize(String sampleSize) throws IOException {
    Path saved = SmallPack.copy(FOLDER, folder.resolve("saved"));
    Path config = saved.resolve("unet/config.json");
    Files.writeString(config, Files.readString(config).replaceFirst("\"sample_size\": 8", "\"sample_size\": "
        + sampleSize));
    return saved;
  }

  @Test
  void aTinyVaeInThePlaceOfTheVaeIsToldAsSuch() throws IOException {
    Path saved = SmallPack.copy(FOLDER, folder.resolve("tiny"));
    Files.writeString(saved.resolve("vae/config.json"), "{\"_class_name\": \"AutoencoderTiny\", \"act_fn\": \"relu\"}");
    assertThatThrownBy(() -> new Packs(List.of()).find(saved.toString())).isInstanceOf(PackException.class)
        .hasMessageStartingWith(saved.resolve("vae/config.json") + ": is a tiny VAE");
  }

  private static void same(NDArray actual, NDArray expected) {
    assertThat(actual.getShape()).isEqualTo(expected.getShape());
    assertThat(actual.sub(expected).abs().max().getFloat()).isCloseTo(0, within(1e-4f));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "model.safetensors model.fp16.safetensors pytorch_model.bin             | model.safetensors",
      "model.fp16.safetensors pytorch_model.bin                               | model.fp16.safetensors",
      "pytorch_model.bin diffusion_pytorch_model.fp16.bin                     | pytorch_model.bin",
      "diffusion_pytorch_model.bin diffusion_pytorch_model.safetensors        | diffusion_pytorch_model.safetensors",
      "model.safetensors.index.json pytorch_model.bin                         | a b",
      "model.safetensors.index.fp16.json                                      | a b",
      "model.fp16.safetensors.index.json                                      | a b",
      "model.bf16.safetensors                                                 | model.bf16.safetensors",
      "diffusion_pytorch_model.non_ema.bin                                    | diffusion_pytorch_model.non_ema.bin",
      "diffusion_pytorch_model.ema.bin diffusion_pytorch_model.ema.safetensors"
          + "                                                        | diffusion_pytorch_model.ema.safetensors",
      "model.bf16.safetensors model.fp16.bin                                  | model.fp16.bin",
      "model.safetensors.index.bf16.json model.bf16-00001-of-00002.safetensors | a b",
      "model.bf16.safetensors.index.json                                      | a b"})
  void theBestFilesOfANetworkAreChosen(String files, String expected) throws IOException {
    for (String name : files.split(" ")) {
      Files.writeString(folder.resolve(name), "{\"weight_map\": {\"x\": \"b\", \"y\": \"a\", \"z\": \"b\"}}");
    }
    assertThat(FolderWeights.find(folder)).containsExactly(expected.split(" "));
  }

  @Test
  void ofSeveralVariantsNoneIsGuessed() throws IOException {
    for (String name : List.of("model.bf16.safetensors", "model.ema.safetensors", "model.other", "config.json")) {
      Files.writeString(folder.resolve(name), "");
    }
    assertThatThrownBy(() -> FolderWeights.find(folder)).isInstanceOf(PackException.class)
        .hasMessageStartingWith(folder + ": has no weights: ")
        .hasMessageEndingWith("; of its variants bf16, ema leave one there");
  }

  @Test
  void theCacheOfARepositoryIsItsMainSnapshot() throws IOException {
    Path cache = folder.resolve("models--o--n");
    Path one = SmallPack.copy(FOLDER, Files.createDirectories(cache.resolve("snapshots")).resolve("abc123"));
    Path main = Files.createDirectories(cache.resolve("refs")).resolve("main");
    Packs packs = new Packs(List.of());
    assertThatThrownBy(() -> packs.find(cache.toString())).isInstanceOf(PackException.class).hasMessage(
        cache + ": is a cache of a repository, whose refs/main names none: give a snapshot's folder; there is " + one);
    Files.writeString(main, "def456");
    assertThatThrownBy(() -> packs.outline(cache.toString())).isInstanceOf(PackException.class)
        .hasMessageContaining("whose refs/main names def456, which is not there: give a snapshot's folder");
    Files.writeString(main, "abc123\n");
    assertThat(packs.find(cache.toString()).folder()).isEqualTo(one);
    assertThat(packs.find(cache.toString()).name()).isEqualTo("o--n@abc123");
    assertThat(packs.outline(cache.toString()).folder()).isEqualTo(one);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"{\"weight_map\": {\"x\": \"../other\"}}", "{\"weight_map\": {}}", "{}"})
  void shardsLieBesideTheirIndex(String index) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), index);
    assertThatThrownBy(() -> FolderWeights.find(folder)).isInstanceOf(PackException.class)
        .hasMessageContaining("model.safetensors.index.json: weight_map names the shards");
  }

  @Test
  void aFolderOfAnotherSamplerKeepsItsNoiseSchedule() throws IOException {
    Path file = Files.writeString(folder.resolve("scheduler_config.json"), """
        {"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085,
         "beta_end": 0.012, "interpolation_type": "linear", "use_karras_sigmas": false, "steps_offset": 1}""");
    SchedulerConfig scheduler = Schedulers.readPublished(file);
    assertThat(scheduler.betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
    assertThat(scheduler.clipSample()).isFalse();
    assertThat(scheduler.stepsOffset()).isEqualTo(1);
  }
}
