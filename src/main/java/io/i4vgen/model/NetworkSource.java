// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.i4vgen.diffusion.PredictionType;
import io.i4vgen.diffusion.SchedulerConfig;
import io.i4vgen.network.ConfigFromShapes;
import io.i4vgen.network.ImageRewardConfig;
import io.i4vgen.network.LavieUnetConfig;
import io.i4vgen.network.MotionConfig;
import io.i4vgen.network.SparseControlConfig;
import io.i4vgen.network.Statistics;
import io.i4vgen.network.TextEncoderConfig;
import io.i4vgen.network.TinyVaeConfig;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.network.VaeConfig;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The configurations, tables of weights and tokenizers of one pack's networks. No tensor is read. What goes wrong is a
 * {@link PackException} naming pack and network.
 */
record NetworkSource(PackContents pack) {

  /** The longest text of every published CLIP, in tokens. */
  private static final int CLIP_POSITIONS = 77;

  TextEncoderConfig textEncoder(StateDict state) {
    return config(Kind.TEXT_ENCODER, TextEncoderConfig::of, () -> ConfigFromShapes.text(state));
  }

  LavieUnetConfig lavieUnet(StateDict state) {
    return config(Kind.UNET, LavieUnetConfig::of, () -> ConfigFromShapes.lavie(state));
  }

  UnetConfig unet(StateDict state) {
    if (pack instanceof PackDescription whole) {
      SchedulerConfig scheduler = whole.scheduler();
      boolean velocity = scheduler.predictionType() == PredictionType.V_PREDICTION;
      require(velocity || !CheckpointNames.predictsVelocity(state), "v_pred", "prediction_type: v_prediction");
      require(scheduler.zeroTerminalSnr() || !CheckpointNames.endsInNoise(state), "ztsnr",
          "rescale_betas_zero_snr: true");
    }
    UnetConfig config = config(Kind.UNET, UnetConfig::of, () -> ConfigFromShapes.unet(state));
    if (pack.has(Kind.MOTION)) {
      return config.withMotion(statistics(Kind.MOTION,
          config(Kind.MOTION, MotionConfig::of, () -> ConfigFromShapes.motion(state))));
    }
    return config.motion().map(motion -> config.withMotion(statistics(Kind.UNET, motion))).orElse(config);
  }

  /** Files say by a mark how they were trained; with another scheduler nothing but noise comes of them. */
  private static void require(boolean fits, String mark, String expected) {
    if (!fits) {
      throw new IllegalArgumentException("the weights are marked %s: the pack's scheduler must say %s".formatted(
          mark, expected));
    }
  }

  private MotionConfig statistics(Kind kind, MotionConfig motion) {
    String groupNorm = pack.network(kind).options().get(NetworkFiles.GROUP_NORM);
    return groupNorm == null ? motion : motion.withStatistics(Statistics.of(groupNorm));
  }

  VaeConfig vae(StateDict state) {
    return config(Kind.VAE, VaeConfig::of, () -> ConfigFromShapes.vae(state));
  }

  TinyVaeConfig tinyVae() {
    return pack.network(Kind.TINY_VAE).config().isEmpty() ? TinyVaeConfig.taesd()
        : config(Kind.TINY_VAE, TinyVaeConfig::of);
  }

  /** Of SparseCtrl for frames or for scribbles. */
  SparseControlConfig sparseControl(Kind kind, StateDict state) {
    SparseControlConfig config = config(kind, SparseControlConfig::of, () -> ConfigFromShapes.sparseControl(state));
    if (config.isForLatents() != (kind == Kind.SPARSECTRL_RGB)) {
      throw new IllegalArgumentException("the network takes " + (config.isForLatents()
          ? "latents: it is for frames, not for scribbles" : "pixels: it is for scribbles, not for frames"));
    }
    return config;
  }

  ImageRewardConfig reward() {
    String text = pack.network(Kind.REWARD).options().get(NetworkFiles.TEXT_CONFIG);
    JsonNode textConfig = JsonFile.read(pack.file(text)).root();
    return config(Kind.REWARD, json -> ImageRewardConfig.of(json, textConfig));
  }

  ClipTokenizer tokenizer() {
    return named(Kind.TEXT_ENCODER,
        () -> ClipTokenizer.open(pack.file(pack.tokenizer()),
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

  /** Opens the weights of a network; the UNet's with those of the motion modules, if the pack has any. */
  StateDict open(Kind kind) {
    List<Path> files = weights(kind);
    StateDict state = StateDict.open(files.get(0)).and(files.subList(1, files.size()));
    boolean motionApart = kind == Kind.UNET && pack.has(Kind.MOTION) && !hasMotion(state);
    return motionApart ? state.and(weights(Kind.MOTION)) : state;
  }

  /** Diffusers saves a video UNet whole, and its motion modules once more beside it. */
  private static boolean hasMotion(StateDict unet) {
    return unet.names().stream().anyMatch(name -> name.contains(".motion_modules."));
  }

  private List<Path> weights(Kind kind) {
    return pack.network(kind).weights().stream().map(pack::file).toList();
  }

  /** What goes wrong in {@code load} is a {@link PackException} naming pack and network. */
  <T> T named(Kind kind, Supplier<T> load) {
    pack.network(kind);
    try {
      return load.get();
    } catch (RuntimeException e) {
      throw new PackException("pack '" + pack.name() + "', network '" + kind.key() + "': " + e.getMessage(), e);
    }
  }
}
