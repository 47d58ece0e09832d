// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.util.List;

/** CLIP's text model: tokens to the embeddings that a UNet attends to. Program: {@code /networks/clip_text.py}. */
public final class TextEncoder extends TypedNetwork {

  private final TextEncoderConfig config;

  private TextEncoder(Network network, TextEncoderConfig config) {
    super(network);
    this.config = config;
  }

  /** Loads it in 32 bit floats. */
  public static TextEncoder load(StateDict state, TextEncoderConfig config, NDManager manager) {
    return load(state, config, manager, DataType.FLOAT32);
  }

  /**
   * Loads the tensors of a CLIPTextModel, with or without the {@code text_model.} prefix.
   *
   * @throws io.i4vgen.weights.BadWeights if they do not fit the configuration
   */
  public static TextEncoder load(StateDict state, TextEncoderConfig config, NDManager manager, DataType floats) {
    Program program = Program.named("clip_text");
    Network network = Network.load(program, CheckpointNames.clipText(state), config.weights(), manager, floats);
    return new TextEncoder(network, config);
  }

  /** All layers: {@link #encode(NDArray, int)} with none skipped. */
  public NDArray encode(NDArray ids) {
    return encode(ids, 0);
  }

  /**
   * The final normalisation of the hidden state after the last layer that is run.
   *
   * @param ids {@code [n, tokens]}, int64, at most {@link TextEncoderConfig#positions()} tokens
   * @param skippedLayers how many of the last layers are not run: 0 is the last hidden state, 1 the one before it
   * @return {@code [n, tokens, width]}
   */
  public NDArray encode(NDArray ids, int skippedLayers) {
    Arguments.shape("token ids", ids, -1, -1);
    Arguments.type("token ids", ids, DataType.INT64);
    Arguments.range("tokens", ids.getShape().get(1), 1, config.positions());
    Arguments.range("skipped layers", skippedLayers, 0, config.layers() - 1);
    return network.call("forward", ids, config.layers() - skippedLayers, config.heads(), config.activation(),
        config.normEps()).get(0);
  }

  /**
   * The same network with low-rank updates of its weights. It shares all other weights with this one, which must stay
   * open as long as it is used; to close it undoes the updates.
   *
   * @throws io.i4vgen.weights.BadWeights if an update has a module that this network has not, or one of another shape
   */
  public TextEncoder with(List<Lora.Scaled> updates) {
    return new TextEncoder(network.with(Lora.Target.TEXT_ENCODER, updates), config);
  }

  public TextEncoderConfig config() {
    return config;
  }
}
