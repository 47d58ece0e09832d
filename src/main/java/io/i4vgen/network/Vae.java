// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.util.List;

/**
 * Stable Diffusion's autoencoder. The latents of {@link #decode} and {@link #latent} are those that diffusion works on;
 * this class divides and multiplies by the scaling factor, its caller never does. Program: {@code /networks/vae.py}.
 */
public final class Vae extends TypedNetwork implements LatentDecoder {

  /**
   * A normal distribution over raw latents, {@code [n, channels, height, width]} each.
   *
   * @param mean its mean
   * @param logVariance the logarithm of its variance, between -30 and 20
   */
  public record Distribution(NDArray mean, NDArray logVariance) {

    /** The raw latent {@code mean + std * epsilon}. */
    public NDArray sample(NDArray epsilon) {
      return logVariance.mul(0.5).exp().mul(epsilon).add(mean);
    }
  }

  private final VaeConfig config;

  private Vae(Network network, VaeConfig config) {
    super(network);
    this.config = config;
  }

  /** Loads it in 32 bit floats. */
  public static Vae load(StateDict state, VaeConfig config, NDManager manager) {
    return load(state, config, manager, DataType.FLOAT32);
  }

  /**
   * Loads the tensors of an AutoencoderKL, with the current or the old names of its attention.
   *
   * @throws io.i4vgen.weights.BadWeights if they do not fit the configuration
   */
  public static Vae load(StateDict state, VaeConfig config, NDManager manager, DataType floats) {
    Program program = Program.named("vae");
    return new Vae(Network.load(program, CheckpointNames.vae(state), config.weights(), manager, floats), config);
  }

  /**
   * Decodes diffusion latents; divides by the scaling factor first.
   *
   * @param latent {@code [n, channels, height, width]}
   * @return images {@code [n, 3, height * factor, width * factor]}, about -1 to 1
   */
  @Override
  public NDArray decode(NDArray latent) {
    return decodeRaw(latent.div(config.scalingFactor()).add(config.shift()));
  }

  /** Decodes latents that are not scaled, as the network itself takes them. */
  public NDArray decodeRaw(NDArray latent) {
    Arguments.shape("latent", latent, -1, config.latentChannels(), -1, -1);
    Arguments.type("latent", latent, network.floats());
    return network.call("decode", latent, config.groups()).get(0);
  }

  /**
   * Encodes images as a distribution over raw latents.
   *
   * @param image {@code [n, 3, height, width]}, -1 to 1; sizes are multiples of {@link VaeConfig#factor()}
   */
  public Distribution encode(NDArray image) {
    Arguments.image(image, config.imageChannels(), config.factor());
    Arguments.type("image", image, network.floats());
    List<NDArray> moments = network.call("encode", image, config.groups());
    return new Distribution(moments.get(0), moments.get(1));
  }

  /** The diffusion latent of a raw one: {@code (raw - shift) * scalingFactor}. */
  public NDArray latent(NDArray raw) {
    return raw.sub(config.shift()).mul(config.scalingFactor());
  }

  public VaeConfig config() {
    return config;
  }
}
