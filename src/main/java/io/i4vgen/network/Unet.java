// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.util.List;

/**
 * Stable Diffusion's noise predictor, with AnimateDiff's motion modules where the weights have them: the image model
 * and the video model are one network over one set of weights. Program: {@code /networks/unet.py}.
 */
public final class Unet extends TypedNetwork implements Backbone {

  private final UnetConfig config;

  private Unet(Network network, UnetConfig config) {
    super(network);
    this.config = config;
  }

  /** Loads it in 32 bit floats. */
  public static Unet load(StateDict spatialAndMotion, UnetConfig config, NDManager manager) {
    return load(spatialAndMotion, config, manager, DataType.FLOAT32);
  }

  /**
   * Loads the tensors of a UNet2DConditionModel, merged with those of its motion modules, which may be in diffusers' or
   * in AnimateDiff's own naming. A configuration with motion modules needs their tensors, one without refuses them.
   *
   * @throws io.i4vgen.weights.BadWeights if the tensors do not fit the configuration
   */
  public static Unet load(StateDict spatialAndMotion, UnetConfig config, NDManager manager, DataType floats) {
    StateDict state = CheckpointNames.unet(spatialAndMotion);
    ExpectedWeights expected = UnetWeights.of(config);
    return new Unet(Network.load(Program.named("unet"), state, expected, manager, floats), config);
  }

  @Override
  public NDArray predict(NDArray sample, boolean same, NDArray timestep, NDArray text, int frames, boolean motion,
      AttentionWindows windows) {
    return predict(sample, same, timestep, text, frames, motion, windows, new NDList());
  }

  /**
   * As {@link #predict(NDArray, boolean, NDArray, NDArray, int, boolean)}, with a control network's residuals added to
   * the states of the encoder.
   *
   * @throws IllegalArgumentException also if the residuals are not those of such a sample
   */
  public NDArray predict(NDArray sample, boolean same, NDArray timestep, NDArray text, int frames, boolean motion,
      Residuals residuals) {
    checkResiduals(residuals, sample.getShape().get(0));
    return predict(sample, same, timestep, text, frames, motion, AttentionWindows.NONE, residuals.all());
  }

  private NDArray predict(NDArray sample, boolean same, NDArray timestep, NDArray text, int frames, boolean motion,
      AttentionWindows windows, NDList residuals) {
    checkArguments(sample, timestep, text, frames);
    boolean moving = motion && config.motion().isPresent();
    AttentionWindows seen = moving ? windows : AttentionWindows.NONE;
    seen.check(frames);
    if (moving) {
      Arguments.range("frames with motion", seen.length(frames), 1, maxFrames());
    }
    UnetConfig.TimeEmbedding time = config.timeEmbedding();
    MotionConfig modules = config.motion().orElse(NO_MODULES);
    return network.call("forward", sample, same, timestep.reshape(-1), text, frames, moving,
        seen.startsOfCall(), seen.sharesOfCall(), config.headsOfCall(), config.groups(), config.normEps(),
        moving && modules.statistics() == Statistics.PER_CLIP, time.flipSinToCos(), time.freqShift(),
        config.downsamplePadding(), config.centerInput(), modules.heads(), modules.groups(),
        modules.statistics() == Statistics.SHARED, residuals).get(0);
  }

  @Override
  public boolean hasMotion() {
    return config.motion().isPresent();
  }

  /** As many as the motion modules' table of positions has rows; any number without modules. */
  @Override
  public int maxFrames() {
    return config.motion().map(MotionConfig::maxFrames).orElse(Integer.MAX_VALUE);
  }

  @Override
  public Unet with(List<Lora.Scaled> updates) {
    return new Unet(network.with(Lora.Target.UNET, updates), config);
  }

  public UnetConfig config() {
    return config;
  }

  /** What is passed when no module runs. */
  private static final MotionConfig NO_MODULES = new MotionConfig(1, 1, 1, false, 1, 1,
      Statistics.PER_FRAME);

  private void checkArguments(NDArray sample, NDArray timestep, NDArray text, int frames) {
    Arguments.denoising(sample, timestep, text, frames, config, network.floats());
  }

  private void checkResiduals(Residuals residuals, long images) {
    List<Integer> channels = config.stateChannels();
    Arguments.range("down residuals", residuals.down().size(), channels.size(), channels.size());
    for (int i = 0; i < channels.size(); i++) {
      checkResidual("down residual " + i, residuals.down().get(i), images, channels.get(i));
    }
    checkResidual("mid residual", residuals.mid(), images, channels.get(channels.size() - 1));
  }

  private void checkResidual(String what, NDArray residual, long images, int channels) {
    Arguments.shape(what, residual, images, channels, -1, -1);
    Arguments.type(what, residual, network.floats());
  }
}
