// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.util.List;

/**
 * The noise predictor of LaVie's base model (Wang et al. 2023, arXiv 2309.15103): images and videos are one network,
 * the temporal attention is skipped for images. Program: {@code /networks/lavie_unet.py}.
 */
public final class LavieUnet extends TypedNetwork implements Backbone {

  private final LavieUnetConfig config;

  private LavieUnet(Network network, LavieUnetConfig config) {
    super(network);
    this.config = config;
  }

  /** Loads it in 32 bit floats. */
  public static LavieUnet load(StateDict state, LavieUnetConfig config, NDManager manager) {
    return load(state, config, manager, DataType.FLOAT32);
  }

  /**
   * Loads the tensors of LaVie's checkpoint.
   *
   * @throws io.i4vgen.weights.BadWeights if they do not fit the configuration
   */
  public static LavieUnet load(StateDict state, LavieUnetConfig config, NDManager manager, DataType floats) {
    ExpectedWeights expected = UnetWeights.withTemporalAttention(config.spatial());
    StateDict named = CheckpointNames.lavie(state);
    return new LavieUnet(Network.load(Program.named("lavie_unet"), named, expected, manager, floats), config);
  }

  /** @param temporal whether the frames of a clip know of each other; a clip of one frame has none to know of */
  @Override
  public NDArray predict(NDArray sample, boolean same, NDArray timestep, NDArray text, int frames, boolean temporal,
      AttentionWindows windows) {
    UnetConfig spatial = config.spatial();
    AttentionWindows seen = temporal ? windows : AttentionWindows.NONE;
    seen.check(frames);
    Arguments.denoising(sample, timestep, text, frames, spatial, network.floats());
    return network.call("forward", sample, same, timestep.reshape(-1), text, frames, temporal,
        seen.startsOfCall(), seen.sharesOfCall(), spatial.headsOfCall(), spatial.groups(), spatial.normEps(),
        spatial.timeEmbedding().flipSinToCos(), spatial.timeEmbedding().freqShift(),
        spatial.downsamplePadding()).get(0);
  }

  @Override
  public boolean hasMotion() {
    return true;
  }

  /** Any number: its positions are relative, and distances past 32 frames are one class. */
  @Override
  public int maxFrames() {
    return Integer.MAX_VALUE;
  }

  @Override
  public LavieUnet with(List<Lora.Scaled> updates) {
    return new LavieUnet(network.with(Lora.Target.UNET, updates), config);
  }

  /**
   * The class of each key's distance from each query, which has a bias of its own.
   *
   * @param places {@code [frames]}, int64
   * @return {@code [frames, frames]}, int64: a row for each query; 0 to 15 look back, 16 to 31 forward
   */
  public NDArray relativeBuckets(NDArray places) {
    return network.call("buckets", places).get(0);
  }

  /**
   * The bias of one temporal attention.
   *
   * @param layer its place in the checkpoint: {@code down_blocks.0...attn_temp}
   * @return {@code [heads, frames, frames]}
   */
  public NDArray relativeBias(NDArray places, String layer) {
    return network.call("bias", places, layer).get(0);
  }

  /** Queries or keys {@code [n, heads, frames, channels]} with their rotary positions. */
  public NDArray rotated(NDArray heads) {
    return network.call("rotated", heads).get(0);
  }

  /** What one temporal attention makes of {@code [pixels, frames, channels]}. */
  public NDArray attended(NDArray tracks, String layer) {
    return network.call("attended", tracks, layer).get(0);
  }

  public LavieUnetConfig config() {
    return config;
  }
}
