// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writes the tables of the tensors that UNets of a given configuration need. */
final class UnetWeights {

  private final UnetConfig config;
  private final ExpectedWeights expected = new ExpectedWeights();
  private final boolean temporal;
  private final int timeWidth;

  private UnetWeights(UnetConfig config, boolean temporal) {
    this.config = config;
    this.temporal = temporal;
    this.timeWidth = 4 * config.channels().get(0);
  }

  /** Of a UNet, with the motion modules of the configuration. */
  static ExpectedWeights of(UnetConfig config) {
    return new UnetWeights(config, false).table();
  }

  /** Of a UNet with LaVie's temporal attention. */
  static ExpectedWeights withTemporalAttention(UnetConfig config) {
    return new UnetWeights(config, true).table();
  }

  /** Of the down path and the middle block alone. */
  static ExpectedWeights ofEncoder(UnetConfig config) {
    return new UnetWeights(config, false).encoder();
  }

  private ExpectedWeights table() {
    int first = config.channels().get(0);
    encoder();
    up();
    return expected.norm("conv_norm_out", first).conv("conv_out", first, config.outChannels(), 3);
  }

  private ExpectedWeights encoder() {
    int first = config.channels().get(0);
    expected.conv("conv_in", config.inChannels(), first, 3)
        .linear("time_embedding.linear_1", first, timeWidth)
        .linear("time_embedding.linear_2", timeWidth, timeWidth);
    down();
    mid();
    return expected;
  }

  private void down() {
    int channels = config.channels().get(0);
    for (int level = 0; level < config.levels(); level++) {
      String name = "down_blocks." + level;
      int out = config.channels().get(level);
      for (int i = 0; i < config.layers().get(level); i++) {
        layer(name, i, level, channels, out);
        channels = out;
      }
      if (level < config.levels() - 1) {
        expected.conv(name + ".downsamplers.0.conv", out, out, 3);
      }
    }
  }

  private void mid() {
    int level = config.levels() - 1;
    int channels = config.channels().get(level);
    resnet("mid_block.resnets.0", channels, channels);
    transformer("mid_block.attentions.0", level);
    config.motion().filter(MotionConfig::midBlock).ifPresent(m -> motion(m, "mid_block.motion_modules.0", channels));
    resnet("mid_block.resnets.1", channels, channels);
  }

  private void up() {
    Deque<Integer> states = new ArrayDeque<>();
    config.stateChannels().forEach(states::push);
    int channels = config.channels().get(config.levels() - 1);
    for (int block = 0; block < config.levels(); block++) {
      int level = config.levels() - 1 - block;
      String name = "up_blocks." + block;
      int out = config.channels().get(level);
      for (int i = 0; i < config.layers().get(level) + 1; i++) {
        layer(name, i, level, channels + states.pop(), out);
        channels = out;
      }
      if (level > 0) {
        expected.conv(name + ".upsamplers.0.conv", out, out, 3);
      }
    }
  }

  private void layer(String block, int index, int level, int in, int out) {
    resnet(block + ".resnets." + index, in, out);
    if (config.attention().get(level)) {
      transformer(block + ".attentions." + index, level);
    }
    config.motion().ifPresent(m -> motion(m, block + ".motion_modules." + index, out));
  }

  private void resnet(String name, int in, int out) {
    expected.norm(name + ".norm1", in).conv(name + ".conv1", in, out, 3)
        .linear(name + ".time_emb_proj", timeWidth, out)
        .norm(name + ".norm2", out).conv(name + ".conv2", out, out, 3);
    if (in != out) {
      expected.conv(name + ".conv_shortcut", in, out, 1);
    }
  }

  private void transformer(String name, int level) {
    int channels = config.channels().get(level);
    expected.norm(name + ".norm", channels);
    for (String projection : new String[] {".proj_in", ".proj_out"}) {
      if (config.linearProjection()) {
        expected.linear(name + projection, channels, channels);
      } else {
        expected.conv(name + projection, channels, channels, 1);
      }
    }
    for (int i = 0; i < config.transformerLayers().get(level); i++) {
      String block = name + ".transformer_blocks." + i;
      attention(block, "1", channels, channels);
      attention(block, "2", channels, config.textWidth());
      if (temporal) {
        temporalAttention(block, level);
      }
      feedForward(block, 3, channels);
    }
  }

  private void motion(MotionConfig motion, String name, int channels) {
    expected.norm(name + ".norm", channels)
        .linear(name + ".proj_in", channels, channels).linear(name + ".proj_out", channels, channels);
    for (int i = 0; i < motion.transformerLayers(); i++) {
      String block = name + ".transformer_blocks." + i;
      for (int j = 1; j <= motion.attentions(); j++) {
        attention(block, "" + j, channels, channels);
      }
      feedForward(block, 3, channels);
      expected.optional(block + ".pos_embed.pe", 1, motion.maxFrames(), channels);
    }
  }

  private void temporalAttention(String block, int level) {
    int channels = config.channels().get(level);
    attention(block, "_temp", channels, channels);
    expected.tensor(block + ".attn_temp.time_rel_pos_bias.relative_attention_bias.weight",
        LavieUnetConfig.DISTANCES, config.heads().get(level));
  }

  private void attention(String block, String suffix, int channels, int contextWidth) {
    String name = block + ".attn" + suffix;
    expected.norm(block + ".norm" + suffix, channels)
        .linearWithoutBias(name + ".to_q", channels, channels)
        .linearWithoutBias(name + ".to_k", contextWidth, channels)
        .linearWithoutBias(name + ".to_v", contextWidth, channels)
        .linear(name + ".to_out.0", channels, channels);
  }

  private void feedForward(String block, int norm, int channels) {
    expected.norm(block + ".norm" + norm, channels)
        .linear(block + ".ff.net.0.proj", channels, 8 * channels)
        .linear(block + ".ff.net.2", 4 * channels, channels);
  }
}
