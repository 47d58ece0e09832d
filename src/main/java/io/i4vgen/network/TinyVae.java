// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.util.List;
import java.util.Optional;

/**
 * A tiny autoencoder (TAESD), for previews: less detail than a {@link Vae}, for an eighteenth of the work (141 GFLOP
 * for 512 x 512 pixels instead of 2515). Its latents are those that diffusion works on. Either half may be missing.
 * Program: {@code /networks/taesd.py}.
 */
public final class TinyVae extends TypedNetwork implements LatentDecoder {

  private static final String ENCODER = "encoder.";
  private static final String DECODER = "decoder.";

  private final TinyVaeConfig config;
  private final List<String> halves;

  private TinyVae(Network network, TinyVaeConfig config, List<String> halves) {
    super(network);
    this.config = config;
    this.halves = halves;
  }

  /** Loads it in 32 bit floats. */
  public static TinyVae load(StateDict state, TinyVaeConfig config, NDManager manager) {
    return load(state, config, manager, DataType.FLOAT32);
  }

  /**
   * Loads the tensors of an AutoencoderTiny, or of one of the encoder and decoder files in TAESD's own naming, or of
   * both merged after {@link CheckpointNames#tinyVae} has told them apart.
   *
   * @throws io.i4vgen.weights.BadWeights if they do not fit the configuration
   */
  public static TinyVae load(StateDict state, TinyVaeConfig config, NDManager manager, DataType floats) {
    StateDict named = CheckpointNames.tinyVae(state);
    List<String> halves = halves(named);
    return new TinyVae(Network.load(Program.named("taesd"), named, expected(halves, config), manager, floats), config,
        halves);
  }

  private static List<String> halves(StateDict named) {
    return List.of(ENCODER, DECODER).stream()
        .filter(half -> named.names().stream().anyMatch(name -> name.startsWith(half))).toList();
  }

  /** What the halves that are there need; the decoder's if none is. */
  static ExpectedWeights expected(StateDict named, TinyVaeConfig config) {
    return expected(halves(named), config);
  }

  private static ExpectedWeights expected(List<String> halves, TinyVaeConfig config) {
    ExpectedWeights expected = new ExpectedWeights();
    if (halves.contains(ENCODER)) {
      expected.all(config.encoderWeights());
    }
    if (!halves.equals(List.of(ENCODER))) {
      expected.all(config.decoderWeights());
    }
    return expected;
  }

  /**
   * Encodes images.
   *
   * @param image {@code [n, 3, height, width]}, -1 to 1; sizes are multiples of {@link TinyVaeConfig#factor()}
   * @return diffusion latents {@code [n, channels, height / factor, width / factor]}
   * @throws IllegalStateException if only the decoder was loaded
   */
  public NDArray encode(NDArray image) {
    require(ENCODER);
    Arguments.image(image, config.imageChannels(), config.factor());
    Arguments.type("image", image, network.floats());
    return latent(network.call("encode", image, longs(config.encoderBlocks()), config.activation()).get(0));
  }

  /** The diffusion latent of a raw one: {@code (raw - shift) * scalingFactor}. */
  public NDArray latent(NDArray raw) {
    return raw.sub(config.shift()).mul(config.scalingFactor());
  }

  /**
   * Decodes diffusion latents.
   *
   * @param latent {@code [n, channels, height, width]}
   * @return images {@code [n, 3, height * factor, width * factor]}, about -1 to 1
   * @throws IllegalStateException if only the encoder was loaded
   */
  @Override
  public NDArray decode(NDArray latent) {
    require(DECODER);
    Arguments.shape("latent", latent, -1, config.latentChannels(), -1, -1);
    Arguments.type("latent", latent, network.floats());
    return network.call("decode", latent.div(config.scalingFactor()).add(config.shift()),
        longs(config.decoderBlocks()), config.activation(), (double) config.upsampling()).get(0);
  }

  /** A raw latent as an image, 0 to 1: what is beyond the {@link TinyVaeConfig.Range} is cut off. */
  public NDArray toUnit(NDArray raw) {
    return raw.div(2 * config.range().magnitude()).add(config.range().shift()).clip(0, 1);
  }

  /** The raw latent of what {@link #toUnit} returned. */
  public NDArray fromUnit(NDArray unit) {
    return unit.sub(config.range().shift()).mul(2 * config.range().magnitude());
  }

  /** Why it can't decode latents of so many channels, with so many pixels along a cell; nothing if it can. */
  public Optional<String> unfit(int channels, int factor) {
    if (!halves.contains(DECODER)) {
      return Optional.of("its weights are the encoder's only");
    }
    return channels == config.latentChannels() && factor == config.factor() ? Optional.empty()
        : Optional.of("its latents have %d channels and %d pixels along a cell, those of the video %d and %d".formatted(
            config.latentChannels(), config.factor(), channels, factor));
  }

  public TinyVaeConfig config() {
    return config;
  }

  private void require(String half) {
    if (!halves.contains(half)) {
      throw new IllegalStateException("tiny vae: the weights have %s only, no %s* tensors".formatted(halves, half));
    }
  }

  private static long[] longs(List<Integer> numbers) {
    return numbers.stream().mapToLong(Integer::longValue).toArray();
  }
}
