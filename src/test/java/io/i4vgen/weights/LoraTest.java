// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoraTest extends WithMemory {

  private static final Path FILES = Path.of("src/test/resources/lora");

  private static final String ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.";
  private static final String MOTION = "down_blocks.0.motion_modules.0.transformer_blocks.0.attn1.";

  @TempDir
  Path folder;

  @ParameterizedTest
  @CsvSource({
      "unet." + ATTENTION + "to_q.lora_A.weight, unet." + ATTENTION + "to_q.lora_B.weight, " + ATTENTION + "to_q",
      ATTENTION + "to_q.lora_A.my-style.weight, " + ATTENTION + "to_q.lora_B.my-style.weight, " + ATTENTION + "to_q",
      "base_model.model." + ATTENTION + "to_q.lora_A.default.weight,"
          + "base_model.model." + ATTENTION + "to_q.lora_B.default.weight, " + ATTENTION + "to_q",
      "unet." + ATTENTION + "to_k.lora.down.weight, unet." + ATTENTION + "to_k.lora.up.weight, " + ATTENTION + "to_k",
      ATTENTION + "processor.to_out_lora.down.weight, " + ATTENTION + "processor.to_out_lora.up.weight, "
          + ATTENTION + "to_out.0",
      "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0.lora_down.weight,"
          + "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0.lora_up.weight, "
          + ATTENTION + "to_out.0",
      "down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0.processor.to_q_lora"
          + ".down.weight, down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0"
          + ".processor.to_q_lora.up.weight, " + MOTION + "to_q"})
  void everyFormNamesTheSameModules(String down, String up, String module) throws IOException {
    Lora lora = lora(Map.of(down, ones(2, 3), up, ones(3, 2)));
    Map<String, NDArray> base = Map.of(module + ".weight", ones(3, 3), "conv_in.weight", ones(1));
    Map<String, NDArray> merged = Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(lora, 0.5)), manager);
    assertThat(merged).containsOnlyKeys(module + ".weight");
    assertThat(merged.get(module + ".weight").toFloatArray()).containsOnly(1 + 0.5f * 2);
    assertThat(base.get(module + ".weight").toFloatArray()).containsOnly(1);
  }

  /** The files are made by {@code tools/make-lora-files}, which asks diffusers, peft and LyCORIS what comes of them. */
  @ParameterizedTest
  @CsvSource({"pipeline, pipeline.safetensors", "network, network.safetensors", "peft, peft/adapter_model.safetensors",
      "locon, locon.safetensors", "dora, dora/adapter_model.safetensors", "loha, loha.safetensors",
      "lokr, lokr.safetensors", "full, full.safetensors", "lycoris-dora, lycoris-dora.safetensors"})
  void mergedWeightsAreThoseOfTheProgramThatWroteTheFile(String name, String file) {
    try (StateDict base = StateDict.open(FILES.resolve("base.safetensors"));
        StateDict expected = StateDict.open(FILES.resolve(name + ".merged.safetensors"));
        Lora lora = Lora.open(FILES.resolve(file))) {
      Map<String, NDArray> merged = new TreeMap<>();
      for (Lora.Target target : Lora.Target.values()) {
        StateDict network = base.under(target.prefix);
        assertThat(lora.faults(network, target)).isEmpty();
        Lora.merged(network.load(manager, DataType.FLOAT32), target, List.of(new Lora.Scaled(lora, 1)), manager)
            .forEach((weight, array) -> merged.put(target.prefix + weight, array));
      }
      assertThat(merged.keySet()).isEqualTo(new TreeSet<>(expected.names()));
      expected.forEach(manager, DataType.FLOAT32, (weight, array) -> assertThat(merged.get(weight).toFloatArray())
          .as(weight).containsExactly(array.toFloatArray(), within(1e-5f)));
    }
  }

  @Test
  void countsPeftsNotesBesideItAmongItsFiles() {
    Path peft = Path.of("src/test/resources/lora/peft");
    assertThat(Lora.files(peft.resolve("adapter_model.safetensors")))
        .containsExactly(peft.resolve("adapter_model.safetensors"), peft.resolve("adapter_config.json"));
    Path other = peft.resolveSibling("network.safetensors");
    assertThat(Lora.files(other)).containsExactly(other);
  }

  @Test
  void peftsNotesAreReadBesideItsOwnFileOnly() throws IOException {
    Path config = FILES.resolve("peft/adapter_config.json");
    Files.copy(config, folder.resolve("adapter_config.json"));
    Path other = Files.copy(FILES.resolve("peft/adapter_model.safetensors"), folder.resolve("mine.safetensors"));
    assertThat(LoraConfig.of(other, Map.of())).isEmpty();
    assertThat(LoraConfig.of(other.resolveSibling("adapter_model.bin"), Map.of())).containsKeys(Lora.Target.values());
    assertThat(LoraConfig.of(folder.resolve("none/adapter_model.safetensors"), Map.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{`lora_alpha`: 4} | 2", "{} | 1", "{`peft_type`: `LORA`} | 4",
      "{`lora_alpha`: null, `use_rslora`: true} | 5.65685424949238",
      "{`lora_alpha`: 4, `use_rslora`: true} | 2.82842712474619",
      "{`unet.lora_alpha`: 6} | 3", "{`text_encoder.lora_alpha`: 6} | 1",
      "{`alpha_pattern`: {`to_q`: 10, `attn1.to_q`: 12}} | 5", "{`alpha_pattern`: {`^attn1.to_q`: 10}} | 5",
      "{`alpha_pattern`: {`^to_q`: 10, `1.to_q`: 9, `o_q`: 3, `to_q$`: 12}} | 6",
      "{`alpha_pattern`: {`attn1\\\\.to_q`: 2}} | 1"})
  void alphaIsWhatTheNotesSayAboutAModule(String notes, double expected) {
    Map<Lora.Target, LoraConfig> configs = notes(notes);
    LoraConfig config = configs.get(Lora.Target.UNET);
    assertThat(config == null ? 1 : config.strength("attn1.to_q", 2)).isCloseTo(expected, within(1e-12));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "[]                     | is JSON ARRAY, expected an object",
      "{                      | is not readable JSON",
      "{`peft_type`: `LOHA`}  | peft_type is `LOHA`, expected LORA",
      "{`unet.lora_alpha`: `8`} | unet.lora_alpha is `8`, expected a number",
      "{`lora_alpha`: 1e999}  | lora_alpha is `Infinity`, expected a number",
      "{`use_rslora`: 1}      | use_rslora is 1, expected true or false",
      "{`alpha_pattern`: [1]} | alpha_pattern is [1], expected an object",
      "{`alpha_pattern`: {`x`: `y`}} | alpha_pattern of x is `y`, expected a number",
      "{`alpha_pattern`: {`(a+)+`: 1}} | alpha_pattern has the key (a+)+, expected the name of a module or its end"})
  void notesThatCannotBeFollowedAreRefused(String notes, String expected) {
    assertThatThrownBy(() -> notes(notes)).isInstanceOf(BadWeights.class)
        .hasMessageStartingWith("x: lora_adapter_metadata: ").hasMessageContaining(expected.replace('`', '"'));
  }

  private static Map<Lora.Target, LoraConfig> notes(String json) {
    return LoraConfig.of(Path.of("x"), Map.of("lora_adapter_metadata", json.replace('`', '"')));
  }

  @Test
  void endlessNotesAreRefused() throws IOException {
    String text = "[".repeat(1 << 20) + "]";
    Path file = Files.writeString(folder.resolve("adapter_config.json"), text).resolveSibling("adapter_model.bin");
    assertThatThrownBy(() -> notes(text)).isInstanceOf(BadWeights.class)
        .hasMessage("x: lora_adapter_metadata: has 1048577 letters, expected at most 1048576");
    assertThatThrownBy(() -> LoraConfig.of(file, Map.of())).isInstanceOf(BadWeights.class)
        .hasMessageEndingWith("adapter_config.json: has 1048577 bytes, expected at most 1048576");
  }

  @Test
  void anAlphaOfItsOwnCountsMoreThanTheNotes() throws IOException {
    Lora lora = Lora.of(state(Map.of("x.lora_A.weight", ones(2, 3), "x.lora_B.weight", ones(3, 2),
        "x.alpha", manager.create(1f), "y.lora_A.weight", ones(2, 3), "y.lora_B.weight", ones(3, 2))),
        notes("{`lora_alpha`: 6}"));
    Map<String, NDArray> merged = Lora.merged(Map.of("x.weight", ones(3, 3), "y.weight", ones(3, 3)),
        Lora.Target.UNET, List.of(new Lora.Scaled(lora, 1)), manager);
    assertThat(merged.get("x.weight").toFloatArray()).containsOnly(1 + 2 * 0.5f);
    assertThat(merged.get("y.weight").toFloatArray()).containsOnly(1 + 2 * 3f);
  }

  @Test
  void aDoraWithoutItsMagnitudesIsRefused() throws IOException {
    StateDict state = state(Map.of("x.lora_A.weight", ones(2, 3), "x.lora_B.weight", ones(3, 2)));
    assertThatThrownBy(() -> Lora.of(state, notes("{`use_dora`: true}"))).isInstanceOf(BadWeights.class)
        .hasMessage("file: module x has no lora_magnitude_vector, expected one, since the notes say use_dora");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text_encoder.encoder.layers.0.self_attn.q_proj.lora_linear_layer.%s.weight",
      "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora.%s.weight",
      "base_model.model.encoder.layers.0.self_attn.q_proj.lora_%s.weight",
      "lora_te_encoder_layers_0_self_attn_q_proj.lora_%s.weight",
      "lora_te1_text_model_encoder_layers_0_self_attn_q_proj.lora_%s.weight"})
  void theTextEncodersModulesAreFoundWithAndWithoutTheNameOfItsModel(String names) throws IOException {
    Lora lora = lora(Map.of(names.formatted("down"), ones(1, 2), names.formatted("up"), ones(2, 1)));
    assertThat(Lora.merged(Map.of("text_model.encoder.layers.0.self_attn.q_proj.weight", ones(2, 2)),
        Lora.Target.TEXT_ENCODER, List.of(new Lora.Scaled(lora, 1)), manager)).hasSize(1);
  }

  @Test
  void updatesOfTheTextEncoderAreLeftToIt() throws IOException {
    Lora lora = lora(Map.of("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", ones(1, 2),
        "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", ones(2, 1)));
    List<Lora.Scaled> one = List.of(new Lora.Scaled(lora, 1));
    assertThat(lora.updates(Lora.Target.UNET)).isFalse();
    assertThat(Lora.merged(Map.of("conv_in.weight", ones(1)), Lora.Target.UNET, one, manager)).isEmpty();
    assertThat(Lora.merged(Map.of("text_model.encoder.layers.0.mlp.fc1.weight", ones(2, 2)), Lora.Target.TEXT_ENCODER,
        one, manager)).hasSize(1);
  }

  @Test
  void severalUpdatesAddUpEachWithItsScaleAlphaAndRank() throws IOException {
    Lora first = lora(Map.of("unet.x.lora_A.weight", ones(2, 3), "unet.x.lora_B.weight", ones(3, 2)));
    Lora second = lora(Map.of("lora_unet_x.lora_down.weight", ones(4, 3), "lora_unet_x.lora_up.weight", ones(3, 4),
        "lora_unet_x.alpha", manager.create(2f)));
    Map<String, NDArray> base = Map.of("x.weight", ones(3, 3).toType(DataType.FLOAT16, true));
    NDArray merged = Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(first, 0.5),
        new Lora.Scaled(second, -1), new Lora.Scaled(second.ignoringAlpha(), 2)), manager).get("x.weight");
    assertThat(merged.getDataType()).isEqualTo(DataType.FLOAT16);
    assertThat(merged.toType(DataType.FLOAT32, true).toFloatArray()).containsOnly(1 + 0.5f * 2 - 2 / 4f * 4 + 2 * 4);
  }

  @Test
  void aConvolutionIsUpdatedAsAMatrix() throws IOException {
    Lora lora = lora(Map.of("unet.conv.lora_A.weight", manager.arange(18f).reshape(1, 2, 3, 3),
        "unet.conv.lora_B.weight", manager.create(new float[] {1, 10}, new Shape(2, 1, 1, 1))));
    NDArray merged = Lora.merged(Map.of("conv.weight", manager.zeros(new Shape(2, 2, 3, 3))), Lora.Target.UNET,
        List.of(new Lora.Scaled(lora, 1)), manager).get("conv.weight");
    assertThat(merged.getShape()).isEqualTo(new Shape(2, 2, 3, 3));
    assertThat(merged.get("0,1,2,2").getFloat()).isEqualTo(17);
    assertThat(merged.get("1,0,0,1").getFloat()).isEqualTo(10);
  }

  @Test
  void differencesOfBiasesAndNormalisationsAreAddedToo() throws IOException {
    Lora lora = lora(Map.of("lora_unet_x.diff", ones(2, 2), "lora_unet_x.diff_b", ones(2),
        "lora_unet_n.w_norm", ones(3), "lora_unet_n.b_norm", ones(3)));
    Map<String, NDArray> base = Map.of("x.weight", ones(2, 2), "x.bias", ones(2), "n.weight", ones(3),
        "n.bias", ones(3));
    Map<String, NDArray> merged = Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(lora, 2)), manager);
    assertThat(merged).containsOnlyKeys(base.keySet());
    assertThat(merged.values()).allSatisfy(array -> assertThat(array.toFloatArray()).containsOnly(3));
  }

  @Test
  void lengthsOfWhatComesOfAnInputAreTakenOfOneOutputToo() throws IOException {
    Lora lora = lora(Map.of("lora_unet_x.diff", ones(1, 2, 1, 1), "lora_unet_x.dora_scale",
        manager.create(new float[] {3, -1}, new Shape(1, 2, 1, 1))));
    assertThat(Lora.merged(Map.of("x.weight", ones(1, 2, 1, 1)), Lora.Target.UNET, List.of(new Lora.Scaled(lora, 1)),
        manager).get("x.weight").toFloatArray()).containsExactly(new float[] {3, -1}, within(1e-5f));
    assertThatThrownBy(() -> Lora.merged(Map.of("x.weight", ones(2, 1)), Lora.Target.UNET, List.of(new Lora.Scaled(
        lora(Map.of("lora_unet_x.diff", ones(2, 1), "lora_unet_x.dora_scale", ones(1, 2))), 1)), manager))
        .hasMessageContaining("module x has a magnitude of shape (1, 2), expected one for each row of (2, 1)");
  }

  /** Half way from the weights, of length 2, to those of length 5 in the direction of the updated ones. */
  @Test
  void aScaleOfADoraLeadsFromTheWeightsToTheUpdatedOnes() throws IOException {
    NDArray up = manager.create(new float[] {0, 2}, new Shape(2, 1));
    Lora lora = lora(Map.of("unet.x.lora_A.weight", manager.create(new float[] {2, 0}, new Shape(1, 2)),
        "unet.x.lora_B.weight", up, "unet.x.lora_magnitude_vector.weight", manager.create(new float[] {5, 5})));
    Map<String, NDArray> base = Map.of("x.weight", manager.create(new float[] {2, 0, 0, 3}, new Shape(2, 2)));
    for (Map.Entry<Double, float[]> scale : Map.of(0.0, new float[] {2, 0, 0, 3}, 1.0, new float[] {5, 0, 4, 3},
        0.5, new float[] {3.5f, 0, 2, 3}).entrySet()) {
      assertThat(Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(lora, scale.getKey())), manager)
          .get("x.weight").toFloatArray()).containsExactly(scale.getValue(), within(1e-5f));
    }
  }

  @Test
  void nothingButTheChangedWeightsIsLeftBehind() throws IOException {
    Lora lora = lora(Map.of("unet.x.lora_A.weight", ones(2, 3), "unet.x.lora_B.weight", ones(3, 2)));
    Map<String, NDArray> base = Map.of("x.weight", ones(3, 3));
    int before = manager.getManagedArrays().size();
    Lora.merged(base, Lora.Target.UNET, List.of(new Lora.Scaled(lora, 1), new Lora.Scaled(lora, 2)), manager);
    assertThat(manager.getManagedArrays()).hasSize(before + 1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "unet.y.lora_A.weight unet.y.lora_B.weight | module y is not in the network",
      "unet.x.lora_A.weight                      | module x has only [unet.x.lora_A.weight], expected both factors",
      "unet.x.lora_A.one.weight unet.x.lora_B.two.weight | holds several adapters, [one, two], expected one",
      "unet.x.hada_w1_a unet.x.hada_w1_b         | module x has only [unet.x.hada_w1_a, unet.x.hada_w1_b], expected",
      "lora_unet_x.lokr_w2                       | module x has only [lora_unet_x.lokr_w2], expected both factors of a",
      "unet.x.lora_A.weight unet.x.lora_B.weight unet.x.diff | module x has only [unet.x.lora_A.weight,",
      "unet.x.lora_A.weight unet.x.lora_B.weight unet.x.hada_w1_a | module x has only [",
      "unet.x.lora_A.weight unet.x.lora_magnitude_vector | module x has only [",
      "lora_unet_x.diff_b                        | module x has no bias in the network",
      "lora_unet_x.diff lora_unet_x.w_norm       | lora_unet_x.w_norm is for the same as lora_unet_x.diff",
      "unet.x.lora_down.weight unet.x.lora_A.weight | unet.x.lora_down.weight is for the same as unet.x.lora_A.weight",
      "unet.x.diff unet.x.dora_scale unet.x.lora_magnitude_vector | module x has [unet.x.lora_magnitude_vector, ",
      "xdiff                                     | xdiff is no part of a LoRA that is read",
      "lora_unet_x.dora_scale lora_unet_x.diff   | module x has a magnitude of shape (2, 2), expected one for each row",
      "unet.x.oft_blocks                         | unet.x.oft_blocks is of an OFT (LyCORIS), which is not read;",
      "lora_unet_x.a1.weight                     | lora_unet_x.a1.weight is of a GLoRA (LyCORIS), which is not read;",
      "unet.x.lora_B.bias                        | unet.x.lora_B.bias is of a LoRA with biases, which is not read;",
      "bundle_emb.word.string_to_param.*         | bundle_emb.word.string_to_param.* is of a LoRA with words",
      "conv_in.weight                            | conv_in.weight is no part of a LoRA that is read"})
  void whatDoesNotFitIsNamed(String names, String expected) {
    assertThatThrownBy(() -> {
      Map<String, NDArray> tensors = new TreeMap<>();
      for (String name : names.split(" ")) {
        tensors.put(name, ones(2, 2));
      }
      List<Lora.Scaled> one = List.of(new Lora.Scaled(lora(tensors), 1));
      Lora.merged(Map.of("x.weight", ones(2, 2)), Lora.Target.UNET, one, manager);
    }).isInstanceOf(BadWeights.class).hasMessageStartingWith("file: " + expected);
  }

  @Test
  void factorsOfAnotherShapeAreRefused() throws IOException {
    Lora lora = lora(Map.of("unet.x.lora_A.weight", ones(2, 4), "unet.x.lora_B.weight", ones(3, 2)));
    List<Lora.Scaled> one = List.of(new Lora.Scaled(lora, 1));
    Map<String, NDArray> base = Map.of("x.weight", ones(3, 3));
    assertThatThrownBy(() -> Lora.merged(base, Lora.Target.UNET, one, manager)).isInstanceOf(BadWeights.class)
        .hasMessage("file: module x has factors of shapes (3, 2) and (2, 4), expected a product of shape (3, 3)");
  }

  private NDArray ones(long... shape) {
    return manager.ones(new Shape(shape));
  }

  private static Lora lora(Map<String, NDArray> tensors) throws IOException {
    return Lora.of(state(tensors), Map.of());
  }

  private static StateDict state(Map<String, NDArray> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, tensors, Map.of());
    return StateDict.of(Safetensors.of(out.toByteArray(), "file"));
  }
}
