// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.MissingPart;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.media.Format;
import io.i4vgen.media.PictureReader;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With the decoder of the reference case {@code taesd}, which has random weights, as a pack. */
class TinyDecoderTest extends WithPipelines {

  private static final Path CASE = Path.of("src/test/resources/reference/taesd");

  @BeforeAll
  static void makePacks() throws IOException {
    ObjectMapper json = new ObjectMapper();
    pack("tiny", json.writeValueAsString(json.readTree(CASE.resolve("case.json").toFile()).get("config")));
    pack("large", "{\"num_encoder_blocks\": [1, 3], \"num_decoder_blocks\": [3, 1],"
        + " \"encoder_block_out_channels\": [8, 8], \"decoder_block_out_channels\": [8, 8]}");
    Files.delete(pack("half", "{}").resolve("decoder.safetensors"));
    Path encoder = pack("encoder", Files.readString(folder.resolve("tiny/config.json")));
    Files.copy(CASE.resolve("weights-original-encoder.safetensors"), encoder.resolve("decoder.safetensors"),
        StandardCopyOption.REPLACE_EXISTING);
    Path yaml = encoder.resolve("plugin.yaml");
    Files.writeString(yaml, Files.readString(yaml).replaceFirst("decoder.safetensors: \\{bytes: \\d+",
        "decoder.safetensors: {bytes: " + Files.size(encoder.resolve("decoder.safetensors"))));
  }

  private static Path pack(String name, String config) throws IOException {
    Path pack = Files.createDirectories(folder.resolve(name));
    Files.writeString(pack.resolve("config.json"), config);
    Files.copy(CASE.resolve("weights-original-decoder.safetensors"), pack.resolve("decoder.safetensors"));
    Files.writeString(pack.resolve("plugin.yaml"), """
        name: %s
        description: random weights
        license: Apache-2.0
        networks: {tinyVae: {config: config.json, weights: [decoder.safetensors]}}
        files: {config.json: {bytes: %d}, decoder.safetensors: {bytes: %d}}
        """.formatted(name, Files.size(pack.resolve("config.json")), Files.size(pack.resolve("decoder.safetensors"))));
    return pack;
  }

  private static Job job(Map<String, String> parameters) {
    return Pipelines.job("a red star", 3, parameters);
  }

  /** A stage that hands on the latents of the case. */
  private record Latents(Part part) implements Stage {

    @Override
    public String name() {
      return "latents";
    }

    @Override
    public List<Setting<?>> settings() {
      return List.of();
    }

    @Override
    public Generation run(Generation in, StageContext context) {
      return in.with(part, io(in.memory()).get("in.latent"));
    }
  }

  private static Map<String, NDArray> io(NDManager memory) {
    try (StateDict state = StateDict.open(CASE.resolve("io.safetensors"))) {
      return state.load(memory, DataType.FLOAT32);
    }
  }

  @Test
  void decodesAsTheOriginalDoes() {
    try (Generation made = pipelines.run(job(Map.of("decode.vae", "tiny")),
        List.of(new Latents(Part.VIDEO), new Decode(null)))) {
      NDArray wanted = io(made.memory()).get("out.decode").div(2).add(0.5).clip(0, 1).mul(255);
      NDArray images = made.parts().get(Part.FRAMES).toType(DataType.FLOAT32, true);
      assertThat(images.sub(wanted).abs().max().getFloat()).isLessThan(0.51f);
      assertThat(made.provenance()).containsExactly(new Step("decode", Map.of("vae", "tiny")));
    }
  }

  @Test
  void theCandidatesToScoreMayBeDecodedByItToo() {
    try (Generation own = pipelines.run(job(Map.of()), List.of(new Latents(Part.CANDIDATES), new ImageReward(null)));
        Generation tiny = pipelines.run(job(Map.of()),
            List.of(new Latents(Part.CANDIDATES), new ImageReward("tiny")))) {
      assertThat(tiny.parts().get(Part.IMAGES)).isNotEqualTo(own.parts().get(Part.IMAGES));
      assertThat(tiny.rewards()).hasSize(2).isNotEqualTo(own.rewards());
      assertThat(own.provenance()).containsExactly(new Step("image-reward", Map.of()));
    }
  }

  @ParameterizedTest
  @CsvSource({"VIDEO, tiny", "NOISY, tiny", "ANCHOR, tiny", "CANDIDATES, tiny", "VIDEO, own"})
  void aPreviewShowsWhatThereIs(Part part, String vae) throws IOException {
    Path sheet = folder.resolve("test.preview.png");
    Files.deleteIfExists(sheet);
    try (Generation made = pipelines.run(job(Map.of()), List.of(new Latents(part), new Preview(vae)))) {
      assertThat(made.parts()).containsOnlyKeys(part);
    }
    assertThat(PictureReader.read(sheet).width()).isGreaterThan(2 * 64);
    assertThat(Format.PNG.readRecipe(sheet)).contains("preview");
  }

  @Test
  void aPreviewBeforeAnythingIsThereSaysWhatItNeeds() {
    assertThatThrownBy(() -> pipelines.run(job(Map.of()), List.of(new Preview(null)))).isInstanceOf(MissingPart.class)
        .hasMessageContaining("i4vgen-candidates-action");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "nowhere | parameter 'decode.vae' of the job is 'nowhere': no pack 'nowhere'",
      "shapes  | parameter 'decode.vae' of the job is 'shapes': pack 'shapes' (plugins/shapes) has no network",
      "half    | parameter 'decode.vae' of the job is 'half': pack 'half': ",
      "encoder | parameter 'decode.vae' of the job is 'encoder': pack 'encoder', network 'tinyVae': its weights are",
      "src     | parameter 'decode.vae' of the job is 'src': no pack 'src'",
      "large   | parameter 'decode.vae' of the job is 'large': pack 'large', network 'tinyVae': ",
      "../tiny | parameter 'decode.vae' of the job is '../tiny': must be own, or the name of a pack with a tiny VAE"})
  void aTinyVaeThatIsNotThereOrForOtherLatentsIsRefusedBeforeAnythingRuns(String vae, String message) {
    assertThatThrownBy(() -> new Decode(null).check(job(Map.of("decode.vae", vae)), pipelines.models()))
        .isInstanceOf(BadJob.class).hasMessageStartingWith(message);
  }
}
