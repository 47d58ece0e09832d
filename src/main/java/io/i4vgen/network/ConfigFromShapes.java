// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Configurations of Stable Diffusion's networks as the shapes of their tensors show them, for checkpoints in one file,
 * which say nothing else about themselves. What no shape shows is as published: 32 groups; 8 heads in the UNet of SD
 * 1.x, and 64 channels a head in that of SD 2.x, which is the one that projects with matrices, and in CLIP.
 */
public final class ConfigFromShapes {

  private static final int GROUPS = 32;
  private static final int HEADS = 8;
  private static final int CHANNELS_OF_A_HEAD = 64;
  private static final int LONGEST_CLIP = 32;
  private static final double NORM_EPS = 1e-5;
  private static final int CLIP_L_WIDTH = 768;

  private final StateDict state;

  private ConfigFromShapes(StateDict state) {
    this.state = state;
  }

  /**
   * The UNet of a file, in any naming, without motion modules.
   *
   * @throws io.i4vgen.weights.BadWeights if there is none in it
   */
  public static UnetConfig unet(StateDict state) {
    ConfigFromShapes shapes = new ConfigFromShapes(CheckpointNames.unet(state));
    List<Integer> heads = shapes.unetChannels().stream()
        .map(c -> shapes.linearProjection() ? c / CHANNELS_OF_A_HEAD : HEADS).toList();
    return shapes.unet(heads, GROUPS);
  }

  /** As {@link #unet(StateDict)}, of another family, whose heads and groups are known. */
  public static UnetConfig unet(StateDict state, List<Integer> heads, int groups) {
    return new ConfigFromShapes(CheckpointNames.unet(state)).unet(heads, groups);
  }

  /**
   * LaVie's UNet of a file: 8 heads, as in the Stable Diffusion 1.4 that it was made from.
   *
   * @throws io.i4vgen.weights.BadWeights if there is none in it
   */
  public static LavieUnetConfig lavie(StateDict state) {
    int levels = new ConfigFromShapes(CheckpointNames.lavie(state)).unetChannels().size();
    return lavie(state, Collections.nCopies(levels, HEADS), GROUPS);
  }

  /** As {@link #lavie(StateDict)}, of another family, whose heads and groups are known. */
  public static LavieUnetConfig lavie(StateDict state, List<Integer> heads, int groups) {
    return new LavieUnetConfig(new ConfigFromShapes(CheckpointNames.lavie(state)).unet(heads, groups));
  }

  /**
   * A SparseCtrl network of a file, in any naming: 8 heads, for clips of 32 frames at most.
   *
   * @throws io.i4vgen.weights.BadWeights if there is none in it
   */
  public static SparseControlConfig sparseControl(StateDict state) {
    return sparseControl(state, HEADS, GROUPS);
  }

  /** As {@link #sparseControl(StateDict)}, of another family, whose heads and groups are known. */
  public static SparseControlConfig sparseControl(StateDict state, int heads, int groups) {
    return new ConfigFromShapes(CheckpointNames.sparseControl(state)).sparseControl(heads, groups);
  }

  private SparseControlConfig sparseControl(int heads, int groups) {
    String embedding = "controlnet_cond_embedding";
    boolean latents = state.has(embedding + ".weight");
    String first = embedding + (latents ? ".weight" : ".conv_in.weight");
    int inputs = size(first, 1) - 1;
    List<Integer> widths = new ArrayList<>();
    if (!latents) {
      widths.add(size(first, 0));
      int blocks = count(embedding + ".blocks.%d.weight");
      for (int i = 1; i < blocks; i += 2) {
        widths.add(size(embedding + ".blocks." + i + ".weight", 0));
      }
    }
    String module = "down_blocks.0.motion_modules.0.transformer_blocks.";
    MotionConfig motion = new MotionConfig(heads, groups, LONGEST_CLIP, false, 1, count(module + "%d.norm1.weight"),
        Statistics.PER_FRAME);
    return new SparseControlConfig(unet(Collections.nCopies(unetChannels().size(), heads), groups, "conv_in.weight", 1)
        .withMotion(motion), inputs, widths);
  }

  private UnetConfig unet(List<Integer> heads, int groups) {
    return unet(heads, groups, "conv_out.weight", 0);
  }

  /** @param output a tensor that says how many channels the network's result has, and along which axis */
  private UnetConfig unet(List<Integer> heads, int groups, String output, int axis) {
    List<Integer> channels = unetChannels();
    List<Boolean> attention = IntStream.range(0, channels.size())
        .mapToObj(level -> state.has(down(level) + ".attentions.0.norm.weight")).toList();
    List<Integer> layers = IntStream.range(0, channels.size())
        .mapToObj(level -> count(down(level) + ".resnets.%d.conv1.weight")).toList();
    List<Integer> blocks = IntStream.range(0, channels.size()).mapToObj(this::transformerLayers).toList();
    return new UnetConfig(size("conv_in.weight", 1), size(output, axis), channels, attention, layers, blocks,
        heads, size("mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight", 1), groups, NORM_EPS,
        linearProjection(), new UnetConfig.TimeEmbedding(true, 0), 1, false, Optional.empty());
  }

  private List<Integer> unetChannels() {
    return IntStream.range(0, count("down_blocks.%d.resnets.0.conv1.weight"))
        .mapToObj(level -> size(down(level) + ".resnets.0.conv1.weight", 0)).toList();
  }

  private int transformerLayers(int level) {
    return Math.max(1, count(down(level) + ".attentions.0.transformer_blocks.%d.norm1.weight"));
  }

  private boolean linearProjection() {
    return state.shape("mid_block.attentions.0.proj_in.weight").dimension() == 2;
  }

  private static String down(int level) {
    return "down_blocks." + level;
  }

  /**
   * AnimateDiff's motion modules of a file, in any naming: 8 heads, positions for as many frames as its table has, or
   * 32 if it has none, statistics as the weights were trained.
   *
   * @throws io.i4vgen.weights.BadWeights if there are none in it
   */
  public static MotionConfig motion(StateDict state) {
    return new ConfigFromShapes(CheckpointNames.motion(state)).motion();
  }

  private MotionConfig motion() {
    String block = "down_blocks.0.motion_modules.0.transformer_blocks.";
    state.shape(block + "0.norm1.weight");
    String positions = block + "0.pos_embed.pe";
    int maxFrames = state.has(positions) ? size(positions, 1) : LONGEST_CLIP;
    boolean midBlock = state.has("mid_block.motion_modules.0.norm.weight");
    return new MotionConfig(HEADS, GROUPS, maxFrames, midBlock, state.has(block + "0.attn2.to_q.weight") ? 2 : 1,
        count(block + "%d.norm1.weight"), Statistics.ofTraining(maxFrames, midBlock));
  }

  /**
   * The VAE of a file, in any naming, with Stable Diffusion's scaling factor.
   *
   * @throws io.i4vgen.weights.BadWeights if there is none in it
   */
  public static VaeConfig vae(StateDict state) {
    return vae(state, GROUPS);
  }

  /** As {@link #vae(StateDict)}, with another number of groups. */
  public static VaeConfig vae(StateDict state, int groups) {
    return new ConfigFromShapes(CheckpointNames.vae(state)).vae(groups);
  }

  private VaeConfig vae(int groups) {
    List<Integer> channels = new ArrayList<>();
    for (int block = 0; block < count("decoder.up_blocks.%d.resnets.0.conv1.weight"); block++) {
      channels.add(size("decoder.up_blocks." + block + ".resnets.0.conv1.weight", 0));
    }
    Collections.reverse(channels);
    return new VaeConfig(size("decoder.conv_out.weight", 0), size("decoder.conv_in.weight", 1), channels,
        count("encoder.down_blocks.0.resnets.%d.conv1.weight"), groups,
        state.has("decoder.mid_block.attentions.0.to_q.weight"), state.has("quant_conv.weight"),
        state.has("post_quant_conv.weight"), 0.18215, 0);
  }

  /**
   * CLIP's text model of a file, in any naming: OpenAI's ViT-L/14 if it is 768 wide, otherwise an OpenCLIP.
   *
   * @throws io.i4vgen.weights.BadWeights if there is none in it
   */
  public static TextEncoderConfig text(StateDict state) {
    ConfigFromShapes shapes = new ConfigFromShapes(CheckpointNames.clipText(state));
    int width = shapes.size("text_model.embeddings.token_embedding.weight", 1);
    return shapes.text(width / CHANNELS_OF_A_HEAD, width == CLIP_L_WIDTH ? "quick_gelu" : "gelu");
  }

  /** As {@link #text(StateDict)}, of another family, whose heads and activation are known. */
  public static TextEncoderConfig text(StateDict state, int heads, String activation) {
    return new ConfigFromShapes(CheckpointNames.clipText(state)).text(heads, activation);
  }

  private TextEncoderConfig text(int heads, String activation) {
    String tokens = "text_model.embeddings.token_embedding.weight";
    return new TextEncoderConfig(size(tokens, 1), size("text_model.encoder.layers.0.mlp.fc1.weight", 0),
        count("text_model.encoder.layers.%d.mlp.fc1.weight"), heads, size(tokens, 0),
        size("text_model.embeddings.position_embedding.weight", 0), activation, NORM_EPS);
  }

  private int size(String name, int axis) {
    return Math.toIntExact(state.shape(name).get(axis));
  }

  /** How many tensors have such a name, numbered from 0. */
  private int count(String numbered) {
    return (int) IntStream.iterate(0, i -> state.has(numbered.replace("%d", Integer.toString(i))), i -> i + 1).count();
  }
}
