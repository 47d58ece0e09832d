// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.util.stream.IntStream;

/**
 * ImageReward (Xu et al. 2023): how well people would say that an image shows a prompt. Program: {@code
 * /networks/image_reward.py}.
 */
public final class ImageReward extends TypedNetwork {

  private final ImageRewardConfig config;

  private ImageReward(Network network, ImageRewardConfig config) {
    super(network);
    this.config = config;
  }

  /** Loads it in 32 bit floats. */
  public static ImageReward load(StateDict state, ImageRewardConfig config, NDManager manager) {
    return load(state, config, manager, DataType.FLOAT32);
  }

  /**
   * Loads the tensors of an ImageReward checkpoint.
   *
   * @throws io.i4vgen.weights.BadWeights if they do not fit the configuration
   */
  public static ImageReward load(StateDict state, ImageRewardConfig config, NDManager manager, DataType floats) {
    Program program = Program.named("image_reward");
    StateDict named = CheckpointNames.imageReward(state);
    return new ImageReward(Network.load(program, named, config.weights(), manager, floats), config);
  }

  /**
   * Scores images against one prompt.
   *
   * @param images {@code [n, 3, size, size]}, preprocessed: resized, cropped and normalised
   * @param ids {@code [1, tokens]}, int64: the prompt's tokens
   * @param mask {@code [1, tokens]}, int64: 1 for tokens, 0 for padding
   * @return {@code [n]}: the rewards, of mean 0 and standard deviation 1 over the reward's own training set
   */
  public NDArray score(NDArray images, NDArray ids, NDArray mask) {
    int size = config.vision().imageSize();
    Arguments.shape("images", images, -1, 3, size, size);
    Arguments.type("images", images, network.floats());
    Arguments.shape("token ids", ids, 1, -1);
    Arguments.range("tokens", ids.getShape().get(1), 1, config.text().positions());
    Arguments.type("token ids", ids, DataType.INT64);
    Arguments.shape("token mask", mask, 1, ids.getShape().get(1));
    int layers = config.head().size() - 1;
    long[] head = IntStream.range(0, layers).mapToLong(i -> ImageRewardConfig.headIndex(i, layers)).toArray();
    NDArray raw = network.call("forward", images, ids, mask, config.vision().layers(), config.vision().heads(),
        config.vision().normEps(), config.text().layers(), config.text().heads(), config.text().normEps(), head)
        .get(0);
    return raw.sub(config.mean()).div(config.std());
  }

  public ImageRewardConfig config() {
    return config;
  }
}
