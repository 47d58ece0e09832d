// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.util.List;

/**
 * Whether weights fit networks, as names and shapes tell: no tensor is read. Each method lists every tensor that is
 * missing, left over or of another shape: file, key, expected, found.
 */
public final class WeightsCheck {

  private WeightsCheck() {}

  public static List<String> textEncoder(StateDict state, TextEncoderConfig config) {
    return config.weights().faults(CheckpointNames.clipText(state));
  }

  /** Of the UNet and, if the configuration has them, its motion modules. */
  public static List<String> unet(StateDict state, UnetConfig config) {
    return UnetWeights.of(config).faults(CheckpointNames.unet(state));
  }

  public static List<String> lavieUnet(StateDict state, LavieUnetConfig config) {
    return UnetWeights.withTemporalAttention(config.spatial()).faults(CheckpointNames.lavie(state));
  }

  public static List<String> vae(StateDict state, VaeConfig config) {
    return config.weights().faults(CheckpointNames.vae(state));
  }

  public static List<String> tinyVae(StateDict state, TinyVaeConfig config) {
    StateDict named = CheckpointNames.tinyVae(state);
    return TinyVae.expected(named, config).faults(named);
  }

  public static List<String> imageReward(StateDict state, ImageRewardConfig config) {
    return config.weights().faults(CheckpointNames.imageReward(state));
  }

  public static List<String> sparseControl(StateDict state, SparseControlConfig config) {
    return config.weights().faults(CheckpointNames.sparseControl(state));
  }
}
