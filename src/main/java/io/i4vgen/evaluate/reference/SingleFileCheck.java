// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import io.i4vgen.network.ConfigFromShapes;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.TextEncoderConfig;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.network.Vae;
import io.i4vgen.network.VaeConfig;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * {@code ldm-single-file}: a Stable Diffusion checkpoint in one file. Its three networks run, their configurations show
 * in the shapes, and their tensors are those of the same checkpoint in diffusers' naming.
 */
final class SingleFileCheck implements Check {

  private static final String DIFFUSERS = "weights-diffusers.safetensors";

  @Override
  public String kind() {
    return "ldm-single-file";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    List<Comparison> comparisons = new ArrayList<>();
    Tensors io = reference.io(manager);
    try (StateDict file = StateDict.open(reference.weights())) {
      comparisons.addAll(unet(file, reference.at("config", "unet"), io, manager));
      comparisons.addAll(vae(file, reference.at("config", "vae"), io, manager));
      comparisons.addAll(text(file, reference.at("config", "text_encoder"), io, manager));
      comparisons.addAll(names(file, reference.folder().resolve(DIFFUSERS), manager));
    }
    return comparisons;
  }

  private static List<Comparison> unet(StateDict file, JsonNode json, Tensors io, NDManager manager) {
    UnetConfig config = UnetConfig.of(json);
    try (Unet unet = Unet.load(file, config, manager)) {
      return List.of(
          Comparison.exact("unet's configuration",
              ConfigFromShapes.unet(file, config.heads(), config.groups()), config),
          Comparison.network("unet", unet.predict(io.get("in.sample"), io.get("in.timestep"),
              io.get("in.encoder_hidden_states"), 1, false), io.get("out.unet")));
    }
  }

  private static List<Comparison> vae(StateDict file, JsonNode json, Tensors io, NDManager manager) {
    VaeConfig config = VaeConfig.of(json);
    try (Vae vae = Vae.load(file, config, manager)) {
      return List.of(
          Comparison.exact("vae's configuration", ConfigFromShapes.vae(file, config.groups()), config),
          Comparison.network("vae encodes", vae.encode(io.get("in.image")).mean(), io.get("out.vae_encode_mean")),
          Comparison.network("vae decodes", vae.decodeRaw(io.get("in.latent")), io.get("out.vae_decode")));
    }
  }

  private static List<Comparison> text(StateDict file, JsonNode json, Tensors io, NDManager manager) {
    TextEncoderConfig config = TextEncoderConfig.of(json);
    try (TextEncoder encoder = TextEncoder.load(file, config, manager)) {
      return List.of(
          Comparison.exact("text encoder's configuration",
              ConfigFromShapes.text(file, config.heads(), config.activation()), config),
          Comparison.network("text encoder", encoder.encode(io.get("in.input_ids")),
              io.get("out.text_last_hidden_state")));
    }
  }

  private static List<Comparison> names(StateDict file, Path diffusers, NDManager manager) {
    if (!Files.exists(diffusers)) {
      return List.of();
    }
    try (StateDict expected = StateDict.open(diffusers)) {
      return List.of(
          same("unet", CheckpointNames::unet, file, expected.under("unet."), manager),
          same("vae", CheckpointNames::vae, file, expected.under("vae."), manager),
          same("text encoder", CheckpointNames::clipText, file, expected.under("text_encoder."), manager));
    }
  }

  private static Comparison same(String network, UnaryOperator<StateDict> names, StateDict file, StateDict diffusers,
      NDManager manager) {
    StateDict found = names.apply(file);
    StateDict expected = names.apply(diffusers);
    boolean equal = new TreeSet<>(found.names()).equals(new TreeSet<>(expected.names()))
        && expected.names().stream().allMatch(name -> found.load(name, manager, DataType.FLOAT32)
            .equals(expected.load(name, manager, DataType.FLOAT32)));
    return Comparison.exact(network + "'s tensors", equal, true);
  }
}
