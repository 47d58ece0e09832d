// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.UnderLocale;
import io.i4vgen.WithMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointNamesTest extends WithMemory {

  @ParameterizedTest
  @CsvSource({
      "ema.conv_in.weight model.conv_in.weight, conv_in.weight",
      "state_dict.conv_in.weight optimizer_states.0.exp_avg, conv_in.weight",
      "state_dict.module.conv_in.weight epoch, conv_in.weight",
      "controlnet.conv_in.weight, conv_in.weight",
      "module.conv_in.weight module.conv_out.weight, conv_in.weight conv_out.weight",
      "model.conv_in.weight model.conv_out.weight, conv_in.weight conv_out.weight",
      "model.module.conv_in.weight, conv_in.weight",
      "state_dict.model.conv_in.weight epoch, conv_in.weight",
      "model.model.diffusion_model.out.0.bias model.betas, model.diffusion_model.out.0.bias betas",
      "model.diffusion_model.out.0.bias, model.diffusion_model.out.0.bias",
      "model.conv_in.weight conv_out.weight, model.conv_in.weight conv_out.weight",
      "module.conv_in.weight conv_out.weight, module.conv_in.weight conv_out.weight",
      "0.weight 1.conv.0.weight, encoder.layers.0.weight encoder.layers.1.conv.0.weight",
      "1.weight 3.conv.0.weight, decoder.layers.0.weight decoder.layers.2.conv.0.weight",
      "model_ema.decay model.diffusion_model.out.0.bias, model_ema.decay model.diffusion_model.out.0.bias"})
  void whatTrainingProgramsPutAroundTheTensorsIsTakenOff(String names, String expected) throws IOException {
    assertThat(renamed(CheckpointNames::unwrapped, names.split(" "))).containsExactly(expected.split(" "));
  }

  @Test
  void aStableDiffusionFileHasTheUnetOfDiffusers() throws IOException {
    String ldm = "model.diffusion_model.";
    String[] names = {"input_blocks.0.0.weight", "input_blocks.1.0.in_layers.0.weight",
        "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight", "input_blocks.2.0.op.weight",
        "input_blocks.3.0.skip_connection.bias", "middle_block.2.out_layers.3.bias",
        "output_blocks.0.0.emb_layers.1.bias", "output_blocks.1.0.in_layers.2.bias", "output_blocks.1.1.conv.bias",
        "output_blocks.2.0.out_layers.0.bias", "output_blocks.2.1.norm.bias", "time_embed.2.bias", "out.2.bias"};
    List<String> all = new ArrayList<>(List.of("betas", "sqrt_recipm1_alphas_cumprod", "model_ema.decay",
        "first_stage_model.decoder.conv_in.bias", "posterior_log_variance_clipped"));
    for (String name : names) {
      all.add(ldm + name);
    }
    all.add("mid_block.motion_modules.0.temporal_transformer.norm.weight");
    assertThat(renamed(CheckpointNames::unet, all.toArray(String[]::new))).containsExactly(
        "conv_in.weight", "down_blocks.0.resnets.0.norm1.weight",
        "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight", "down_blocks.0.downsamplers.0.conv.weight",
        "down_blocks.1.resnets.0.conv_shortcut.bias", "mid_block.resnets.1.conv2.bias",
        "up_blocks.0.resnets.0.time_emb_proj.bias", "up_blocks.0.resnets.1.conv1.bias",
        "up_blocks.0.upsamplers.0.conv.bias", "up_blocks.1.resnets.0.norm2.bias", "up_blocks.1.attentions.0.norm.bias",
        "time_embedding.linear_2.bias", "conv_out.bias", "mid_block.motion_modules.0.norm.weight");
  }

  @Test
  void whatASingleFileSaysAboutItselfIsNoPartOfItsNetworks() throws IOException {
    String[] names = {"model.diffusion_model.out.2.bias", "first_stage_model.decoder.conv_in.bias",
        "cond_stage_model.transformer.text_model.final_layer_norm.bias", "v_pred", "ztsnr", "scale_factor",
        "denoiser.sigmas", "cond_stage_model.logit_scale", "first_stage_model.loss.logvar", "model_ema.decay",
        "cond_stage_model.transformer.text_model.embeddings.position_ids"};
    assertThat(renamed(CheckpointNames::unet, names)).containsExactly("conv_out.bias");
    assertThat(renamed(CheckpointNames::vae, names)).containsExactly("decoder.conv_in.bias");
    assertThat(renamed(CheckpointNames::clipText, names)).containsExactly("text_model.final_layer_norm.bias");
    assertThat(renamed(CheckpointNames::unet, "conv_in.bias", "v_pred", "ztsnr")).containsExactly("conv_in.bias");
    assertThat(renamed(CheckpointNames::vae, "decoder.conv_in.bias", "scale_factor"))
        .containsExactly("decoder.conv_in.bias");
  }

  @ParameterizedTest
  @CsvSource({
      "decoder.mid.attn_1.q.bias decoder.up.0.block.1.nin_shortcut.bias decoder.up.1.upsample.conv.bias,"
          + "decoder.mid_block.attentions.0.to_q.bias decoder.up_blocks.1.resnets.1.conv_shortcut.bias"
          + " decoder.up_blocks.0.upsamplers.0.conv.bias",
      "first_stage_model.encoder.down.0.downsample.conv.bias first_stage_model.loss.logvar betas,"
          + "encoder.down_blocks.0.downsamplers.0.conv.bias",
      "decoder.mid.block_1.norm1.bias loss.discriminator.main.0.bias model_ema.decay,"
          + "decoder.mid_block.resnets.0.norm1.bias",
      "decoder.mid_block.attentions.0.proj_attn.bias, decoder.mid_block.attentions.0.to_out.0.bias"})
  void everyVaeHasTheNamesOfDiffusers(String names, String expected) throws IOException {
    assertThat(renamed(CheckpointNames::vae, names.split(" "))).containsExactly(expected.split(" "));
  }

  @Test
  void openClipsFusedProjectionsAreTakenApartAndItsLastLayerIsLeftOut() throws IOException {
    String model = "cond_stage_model.model.";
    String layer = model + "transformer.resblocks.0.";
    Map<String, NDArray> tensors = new TreeMap<>(Map.of(
        model + "positional_embedding", manager.zeros(new Shape(7, 2)), model + "logit_scale", manager.create(1f),
        model + "text_projection", manager.zeros(new Shape(2, 2)), model + "ln_final.bias", manager.zeros(new Shape(2)),
        layer + "attn.in_proj_weight", manager.arange(12f).reshape(6, 2),
        layer + "attn.in_proj_bias", manager.arange(6f), layer + "mlp.c_proj.bias", manager.zeros(new Shape(2)),
        model + "transformer.resblocks.1.attn.in_proj_bias", manager.arange(6f)));
    StateDict state = CheckpointNames.clipText(state(tensors));
    String named = "text_model.encoder.layers.0.";
    assertThat(state.names()).containsExactlyInAnyOrder("text_model.embeddings.position_embedding.weight",
        "text_model.final_layer_norm.bias", named + "mlp.fc2.bias",
        named + "self_attn.q_proj.weight", named + "self_attn.k_proj.weight", named + "self_attn.v_proj.weight",
        named + "self_attn.q_proj.bias", named + "self_attn.k_proj.bias", named + "self_attn.v_proj.bias");
    NDArray key = state.load(named + "self_attn.k_proj.weight", manager, DataType.FLOAT32);
    assertThat(key.getShape()).isEqualTo(new Shape(2, 2));
    assertThat(key.toFloatArray()).containsExactly(4, 5, 6, 7);
    assertThat(state.load(named + "self_attn.v_proj.bias", manager, DataType.FLOAT32).toFloatArray())
        .containsExactly(4, 5);
  }

  @Test
  void aTensorIsTakenApartInEqualPartsOnly() throws IOException {
    StateDict state = state(Map.of("x", manager.zeros(new Shape(4))));
    assertThatThrownBy(() -> state.split("x", List.of("a", "b", "c"))).isInstanceOf(BadWeights.class)
        .hasMessage("file: tensor x has shape (4), expected a multiple of 3 rows");
  }

  @Test
  void namesHaveTheSameDigitsForEveryUser() throws Throwable {
    UnderLocale.run("fa", () -> {
      aStableDiffusionFileHasTheUnetOfDiffusers();
      everyVaeHasTheNamesOfDiffusers("first_stage_model.encoder.down.0.downsample.conv.bias",
          "encoder.down_blocks.0.downsamplers.0.conv.bias");
      taesdHasTheNamesOfDiffusers("decoder.2.bias", "decoder.layers.1.bias");
    });
  }

  @Test
  void clipKeepsItsTextModelOnly() throws IOException {
    assertThat(renamed(CheckpointNames::clipText, "text_model.final_layer_norm.bias", "vision_model.pre_layrnorm.bias",
        "visual_projection.weight", "text_projection.weight", "logit_scale"))
        .containsExactly("text_model.final_layer_norm.bias");
  }

  @ParameterizedTest
  @CsvSource({"decoder.layers.1.conv.0.bias, decoder.layers.1.conv.0.bias", "decoder.2.bias, decoder.layers.1.bias",
      "encoder.2.conv.4.bias, encoder.layers.2.conv.4.bias"})
  void taesdHasTheNamesOfDiffusers(String name, String expected) throws IOException {
    assertThat(renamed(CheckpointNames::tinyVae, name)).containsExactly(expected);
  }

  @Test
  void tensorsThatFollowFromTheirDefinitionAreDropped() throws IOException {
    String block = "down_blocks.0.attentions.0.transformer_blocks.0.";
    assertThat(renamed(CheckpointNames::lavie, block + "attn_temp.rotary_emb.freqs", block + "attn_temp.to_q.weight"))
        .containsExactly(block + "attn_temp.to_q.weight");
    String motion = "down_blocks.0.motion_modules.0.";
    assertThat(renamed(CheckpointNames::sparseControl, "controlnet_mid_block.bias",
        motion + "temporal_transformer.transformer_blocks.0.attention_blocks.0.pos_encoder.pe",
        motion + "temporal_transformer.transformer_blocks.0.ff_norm.bias"))
        .containsExactly("controlnet_mid_block.bias", motion + "transformer_blocks.0.norm3.bias");
  }

  private List<String> renamed(UnaryOperator<StateDict> names, String... original) throws IOException {
    List<String> found = new ArrayList<>();
    Map<String, NDArray> tensors = new TreeMap<>();
    for (int i = 0; i < original.length; i++) {
      tensors.put(original[i], manager.create(new float[] {i}));
    }
    StateDict renamed = names.apply(state(tensors));
    // In the order of the arguments, which the file does not keep.
    Comparator<String> byArgument = Comparator.comparing(name -> number(renamed, name));
    renamed.names().stream().sorted(byArgument).forEach(found::add);
    return found;
  }

  private float number(StateDict state, String name) {
    return state.load(name, manager, DataType.FLOAT32).toFloatArray()[0];
  }

  private static StateDict state(Map<String, NDArray> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, tensors, Map.of());
    return StateDict.of(Safetensors.of(out.toByteArray(), "file"));
  }
}
