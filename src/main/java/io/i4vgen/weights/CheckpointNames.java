// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The names that published checkpoints give to the same tensors, mapped to one naming: that of the diffusers and
 * transformers libraries. Each mapping leaves names that are already in that form as they are.
 */
public final class CheckpointNames {

  private static final Pattern MOTION_PART = Pattern.compile("\\.(attention_blocks\\.0|attention_blocks\\.1|norms\\.0"
      + "|norms\\.1|ff_norm)\\.");

  private static final Map<String, String> MOTION_NAMES = Map.of(
      "attention_blocks.0", "attn1", "attention_blocks.1", "attn2",
      "norms.0", "norm1", "norms.1", "norm2", "ff_norm", "norm3");

  private static final Pattern MOTION_POSITIONS = Pattern.compile("\\.attention_blocks\\.(\\d+)\\.pos_encoder\\.pe$");

  private static final Pattern OLD_VAE_ATTENTION =
      Pattern.compile("(mid_block\\.attentions\\.\\d+)\\.(query|key|value|proj_attn)\\.");

  private static final Map<String, String> VAE_NAMES =
      Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

  private static final Pattern VAE_ATTENTION_WEIGHT =
      Pattern.compile("mid_block\\.attentions\\.\\d+\\.(to_q|to_k|to_v|to_out\\.0)\\.weight$");

  private CheckpointNames() {}

  /**
   * AnimateDiff's original naming of motion modules to that of diffusers' MotionAdapter, with or without the
   * {@code module.} prefix of distributed training. The table of positions, which the original stores with each
   * attention although they are equal, is kept once a block.
   */
  public static StateDict motion(StateDict state) {
    Predicate<String> laterTable = name -> {
      var table = MOTION_POSITIONS.matcher(name);
      return table.find() && !table.group(1).equals("0");
    };
    return state.drop(laterTable).rename(CheckpointNames::motionName);
  }

  private static String motionName(String name) {
    String bare = withoutPrefix(name, "module.").replace(".temporal_transformer.", ".");
    if (!bare.contains(".motion_modules.")) {
      return bare;
    }
    String withTable = MOTION_POSITIONS.matcher(bare).replaceFirst(".pos_embed.pe");
    return MOTION_PART.matcher(withTable).replaceAll(part -> "." + MOTION_NAMES.get(part.group(1)) + ".");
  }

  /** Old names of the VAE's attention (query, key, value, proj_attn) to the current ones; 1x1 filters to matrices. */
  public static StateDict vae(StateDict state) {
    return state
        .rename(name -> OLD_VAE_ATTENTION.matcher(name)
            .replaceAll(part -> part.group(1) + "." + VAE_NAMES.get(part.group(2)) + "."))
        .squeeze(name -> VAE_ATTENTION_WEIGHT.matcher(name).find());
  }

  /**
   * TAESD's own naming of its encoder's and of its decoder's file to that of diffusers' AutoencoderTiny. Both files number
   * their layers only; the decoder's first one is a clamp, which has no weights and which diffusers does not count.
   */
  public static StateDict tinyVae(StateDict state) {
    if (state.has("0.weight")) {
      return state.rename(name -> "encoder.layers." + name);
    } else if (state.has("1.weight")) {
      return state.rename(name -> {
        int dot = name.indexOf('.');
        return "decoder.layers." + (Integer.parseInt(name.substring(0, dot)) - 1) + name.substring(dot);
      });
    }
    return state;
  }

  /** CLIP text models: always with {@code text_model.}; buffers and projections that the text encoder lacks dropped. */
  public static StateDict clipText(StateDict state) {
    return state
        .rename(name -> "text_model." + withoutPrefix(name, "text_model."))
        .drop(name -> name.endsWith(".position_ids") || name.equals("text_model.text_projection.weight"));
  }

  /** ImageReward: the buffer of positions and BLIP's projections, which the reward does not use, dropped. */
  public static StateDict imageReward(StateDict state) {
    Pattern unused = Pattern.compile("\\.position_ids$|^blip\\.(vision_proj|text_proj|itm_head)\\.");
    return state
        .rename(name -> withoutPrefix(name, "module."))
        .drop(name -> unused.matcher(name).find());
  }

  private static String withoutPrefix(String name, String prefix) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }
}
