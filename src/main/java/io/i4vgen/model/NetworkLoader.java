// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.ConfigFromShapes;
import io.i4vgen.network.ImageReward;
import io.i4vgen.network.ImageRewardConfig;
import io.i4vgen.network.LavieUnet;
import io.i4vgen.network.LavieUnetConfig;
import io.i4vgen.network.MotionConfig;
import io.i4vgen.network.SparseControl;
import io.i4vgen.network.SparseControlConfig;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.TextEncoderConfig;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.network.Vae;
import io.i4vgen.network.VaeConfig;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Loads the networks and tokenizers of one pack. What goes wrong is a {@link PackException} naming pack and network.
 *
 * @param memory parent of what the networks own
 * @param floats what they compute in
 */
record NetworkLoader(PackContents pack, NDManager memory, DataType floats) {

  /** The longest text of every published CLIP, in tokens. */
  private static final int CLIP_POSITIONS = 77;

  TextEncoder textEncoder() {
    return load(Kind.TEXT_ENCODER, state -> TextEncoder.load(state,
        config(Kind.TEXT_ENCODER, TextEncoderConfig::of, () -> ConfigFromShapes.text(state)), memory, floats));
  }

  /** The text encoder with the pack's low-rank updates, a view of one that is loaded. */
  TextEncoder updated(TextEncoder base) {
    return updated(Kind.TEXT_ENCODER, base::with);
  }

  /** The UNet, with the motion modules of the pack merged in if it has any. */
  Backbone unet() {
    return pack.isLavie() ? lavieUnet() : load(Kind.UNET, state -> Unet.load(state, unetConfig(state), memory, floats));
  }

  private Backbone lavieUnet() {
    return load(Kind.UNET, state -> LavieUnet.load(state,
        config(Kind.UNET, LavieUnetConfig::of, () -> ConfigFromShapes.lavie(state)), memory, floats));
  }

  /** The UNet with the pack's low-rank updates, a view of one that is loaded. */
  Backbone updated(Backbone base) {
    return updated(Kind.UNET, base::with);
  }

  private <T> T updated(Kind kind, Function<List<Lora.Scaled>, T> with) {
    return named(kind, () -> {
      List<Lora.Scaled> updates = new ArrayList<>();
      try {
        pack.network(kind).loras().forEach((path, scale) ->
            updates.add(new Lora.Scaled(Lora.open(pack.file(path)), scale)));
        return with.apply(updates);
      } finally {
        updates.forEach(update -> update.lora().close());
      }
    });
  }

  private UnetConfig unetConfig(StateDict state) {
    UnetConfig config = config(Kind.UNET, UnetConfig::of, () -> ConfigFromShapes.unet(state));
    if (pack.has(Kind.MOTION)) {
      return config.withMotion(statistics(Kind.MOTION,
          config(Kind.MOTION, MotionConfig::of, () -> ConfigFromShapes.motion(state))));
    }
    return config.motion().map(motion -> config.withMotion(statistics(Kind.UNET, motion))).orElse(config);
  }

  private MotionConfig statistics(Kind kind, MotionConfig motion) {
    String groupNorm = pack.network(kind).options().get(NetworkFiles.GROUP_NORM);
    return groupNorm == null ? motion : motion.withSharedStatistics(groupNorm.equals(NetworkFiles.SHARED));
  }

  Vae vae() {
    return load(Kind.VAE, state -> Vae.load(state,
        config(Kind.VAE, VaeConfig::of, () -> ConfigFromShapes.vae(state)), memory, floats));
  }

  /** SparseCtrl for frames or for scribbles. */
  SparseControl sparseControl(Kind kind) {
    return load(kind, state -> {
      SparseControlConfig config =
          config(kind, SparseControlConfig::of, () -> ConfigFromShapes.sparseControl(state));
      if (config.isForLatents() != (kind == Kind.SPARSECTRL_RGB)) {
        throw new IllegalArgumentException("the network takes " + (config.isForLatents()
            ? "latents: it is for frames, not for scribbles" : "pixels: it is for scribbles, not for frames"));
      }
      return SparseControl.load(state, config, memory, floats);
    });
  }

  ImageReward reward() {
    return load(Kind.REWARD, state -> ImageReward.load(state, rewardConfig(), memory, floats));
  }

  private ImageRewardConfig rewardConfig() {
    String text = pack.network(Kind.REWARD).options().get(NetworkFiles.TEXT_CONFIG);
    JsonNode textConfig = JsonFile.read(pack.file(text)).root();
    return config(Kind.REWARD, json -> ImageRewardConfig.of(json, textConfig));
  }

  ClipTokenizer tokenizer() {
    return named(Kind.TEXT_ENCODER, () -> ClipTokenizer.open(pack.file(pack.tokenizer()),
        config(Kind.TEXT_ENCODER, json -> TextEncoderConfig.of(json).positions(), () -> CLIP_POSITIONS)));
  }

  BertTokenizer rewardTokenizer() {
    return named(Kind.REWARD, () -> BertTokenizer.open(pack.file(pack.rewardVocabulary()),
        config(Kind.REWARD, json -> json.path("max_length").asInt(35))));
  }

  /** The sizes and colours of ImageReward 1.0, where the configuration does not say others. */
  RewardImage rewardImage() {
    return named(Kind.REWARD, () -> config(Kind.REWARD, json -> new RewardImage(json.path("image_size").asInt(224),
        colour(json.path("image_mean"), 0.48145466f, 0.4578275f, 0.40821073f),
        colour(json.path("image_std"), 0.26862954f, 0.26130258f, 0.27577711f))));
  }

  private static float[] colour(JsonNode values, float... usual) {
    if (values.isMissingNode()) {
      return usual;
    }
    float[] colour = new float[values.size()];
    for (int i = 0; i < colour.length; i++) {
      colour[i] = (float) values.get(i).asDouble();
    }
    return colour;
  }

  /** @param fromShapes what to do without a configuration file */
  private <C> C config(Kind kind, Function<JsonNode, C> read, Supplier<C> fromShapes) {
    return pack.network(kind).config().isEmpty() ? fromShapes.get() : config(kind, read);
  }

  /** Without a configuration file, everything in it is as usual. */
  private <C> C config(Kind kind, Function<JsonNode, C> read) {
    if (pack.network(kind).config().isEmpty()) {
      return read.apply(JsonNodeFactory.instance.objectNode());
    }
    Path file = pack.file(pack.network(kind).config());
    try {
      return read.apply(JsonFile.read(file).root());
    } catch (IllegalArgumentException e) {
      throw new PackException(file + ": " + e.getMessage(), e);
    }
  }

  private <T> T load(Kind kind, Function<StateDict, T> load) {
    return named(kind, () -> {
      List<Path> files = new ArrayList<>(weights(kind));
      if (kind == Kind.UNET && pack.has(Kind.MOTION) && !hasMotion(files)) {
        files.addAll(weights(Kind.MOTION));
      }
      try (StateDict state = open(files)) {
        return load.apply(state);
      }
    });
  }

  /** Diffusers saves a video UNet whole, and its motion modules once more beside it. */
  private static boolean hasMotion(List<Path> unet) {
    try (StateDict state = open(unet)) {
      return state.names().stream().anyMatch(name -> name.contains(".motion_modules."));
    }
  }

  private static StateDict open(List<Path> files) {
    return StateDict.open(files.get(0), files.subList(1, files.size()).toArray(Path[]::new));
  }

  private List<Path> weights(Kind kind) {
    return pack.network(kind).weights().stream().map(pack::file).toList();
  }

  private <T> T named(Kind kind, Supplier<T> load) {
    pack.network(kind);
    try {
      return load.get();
    } catch (RuntimeException e) {
      throw new PackException("pack '" + pack.name() + "', network '" + kind.key() + "': " + e.getMessage(), e);
    }
  }
}
