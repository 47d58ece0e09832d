// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.util.List;

/**
 * SparseCtrl (Guo et al. 2024, arXiv 2311.16933): steers a video UNet by a few given frames, as latents (RGB) or as
 * images (scribbles). It does not see the noisy video. Program: {@code /networks/sparsectrl.py}.
 */
public final class SparseControl extends TypedNetwork {

  /**
   * The given frames of a clip.
   *
   * @param frames {@code [frames, channels, height, width]}: zeros where nothing is given
   * @param mask {@code [frames, 1, height, width]}: 1 where something is given, else 0
   */
  public record Condition(NDArray frames, NDArray mask) {

    /**
     * A clip of {@code count} frames of which some are given.
     *
     * @param given {@code [k, channels, height, width]}: scaled latents, or images of 0 to 1
     * @param places which frames these are: from 0, or from the end with -1
     * @throws IllegalArgumentException if a place is outside the clip, there are not as many as given frames, or two
     *     are the same
     */
    public static Condition of(NDArray given, List<Integer> places, int count) {
      Shape shape = given.getShape();
      Arguments.range("places of given frames", places.size(), shape.get(0), shape.get(0));
      places.forEach(place -> Arguments.range("place of a given frame", place, -count, count - 1L));
      List<Integer> fromStart = places.stream().map(place -> Math.floorMod(place, count)).toList();
      if (fromStart.stream().distinct().count() < places.size()) {
        throw new IllegalArgumentException(
            "places of given frames: %s are not different frames of %d".formatted(places, count));
      }
      NDArray none = given.get(0).zerosLike();
      NDArray hidden = none.get(0).expandDims(0);
      NDList frames = new NDList();
      NDList masks = new NDList();
      for (int i = 0; i < count; i++) {
        int k = fromStart.indexOf(i);
        frames.add(k < 0 ? none : given.get(k));
        masks.add(k < 0 ? hidden : hidden.onesLike());
      }
      return new Condition(NDArrays.stack(frames), NDArrays.stack(masks));
    }

    private NDArray together() {
      return frames.concat(mask, 1);
    }
  }

  private final SparseControlConfig config;

  private SparseControl(Network network, SparseControlConfig config) {
    super(network);
    this.config = config;
  }

  /** Loads it in 32 bit floats. */
  public static SparseControl load(StateDict state, SparseControlConfig config, NDManager manager) {
    return load(state, config, manager, DataType.FLOAT32);
  }

  /**
   * Loads the tensors of a SparseCtrl checkpoint, in AnimateDiff's own naming or in that of diffusers.
   *
   * @throws io.i4vgen.weights.BadWeights if they do not fit the configuration
   */
  public static SparseControl load(StateDict state, SparseControlConfig config, NDManager manager, DataType floats) {
    StateDict named = CheckpointNames.sparseControl(state);
    return new SparseControl(Network.load(Program.named("sparsectrl"), named, config.weights(), manager, floats),
        config);
  }

  /**
   * What to add to the states of the UNet's encoder for {@code b} clips with the same given frames.
   *
   * @param condition sizes are {@link SparseControlConfig#factor()} times the latents'
   * @param timestep scalar, {@code [1]} or {@code [b]}, int64 or fp32: the diffusion timestep, for all or for each clip
   * @param text {@code [b, tokens, width]}: one row a clip
   * @param scale what the residuals are multiplied by; 1 as trained
   * @throws IllegalArgumentException if shapes disagree, or with more frames than the network was trained for
   */
  public Residuals predict(Condition condition, NDArray timestep, NDArray text, double scale) {
    return predict(condition, timestep, text, Math.toIntExact(text.getShape().get(0)), scale);
  }

  /**
   * As {@link #predict(Condition, NDArray, NDArray, double)}, with a text for each clip or for each frame.
   *
   * @param text {@code [b, tokens, width]} or {@code [b * frames, tokens, width]}
   * @param clips b
   */
  public Residuals predict(Condition condition, NDArray timestep, NDArray text, int clips, double scale) {
    check(condition);
    UnetConfig encoder = config.encoder();
    int frames = Math.toIntExact(condition.frames().getShape().get(0));
    Arguments.prompting(timestep, text, clips, frames, encoder, network.floats());
    return Residuals.of(network.call("forward", condition.together(), timestep.reshape(-1), text, frames, clips, scale,
        encoder.headsOfCall(), encoder.groups(), encoder.normEps(),
        encoder.timeEmbedding().flipSinToCos(), encoder.timeEmbedding().freqShift(), encoder.downsamplePadding(),
        config.motion().heads(), config.motion().groups()));
  }

  /** The first layer alone, before any text: {@code [frames, channels, height, width]} of latents' sizes. */
  public NDArray embed(Condition condition) {
    check(condition);
    return network.call("embed", condition.together()).get(0);
  }

  public SparseControlConfig config() {
    return config;
  }

  private void check(Condition condition) {
    Arguments.shape("condition", condition.frames(), -1, config.conditionChannels(), -1, -1);
    Shape shape = condition.frames().getShape();
    Arguments.range("frames of the condition", shape.get(0), 1, config.motion().maxFrames());
    Arguments.shape("mask of the condition", condition.mask(), shape.get(0), 1, shape.get(2), shape.get(3));
    Arguments.type("condition", condition.frames(), network.floats());
    Arguments.type("mask of the condition", condition.mask(), network.floats());
  }
}
