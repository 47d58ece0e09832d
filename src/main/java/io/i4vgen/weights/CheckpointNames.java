// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
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

  /** In the order in which they are looked for: averaged weights win over those that training ended with. */
  private static final List<String> WRAPPERS = List.of("ema.", "state_dict.", "controlnet.");

  private static final String DISTRIBUTED = "module.";

  /** A dictionary around all tensors; but the first part of a Stable Diffusion checkpoint's names, too. */
  private static final String MODEL = "model.";

  private static final Pattern TAESD_LAYER = Pattern.compile("\\d{1,3}\\..*");

  private static final Pattern TAESD_HALF = Pattern.compile("(encoder|decoder)\\.(\\d{1,3})\\.(.*)");

  private CheckpointNames() {}

  /**
   * The tensors of a file without what stands around them: the dictionary {@code ema}, {@code state_dict} or
   * {@code controlnet} (all beside it is dropped), the dictionary {@code model} if all are in it, and the prefix
   * {@code module.} of distributed training. The two files of TAESD's makers, both of which begin to count at 0, are
   * told apart, see {@link #tinyVae}.
   */
  public static StateDict unwrapped(StateDict state) {
    StateDict inner = WRAPPERS.stream().filter(wrapper -> state.names().stream().anyMatch(n -> n.startsWith(wrapper)))
        .findFirst().map(state::under).orElse(state);
    if (all(inner, name -> name.startsWith(MODEL) && !name.startsWith(LdmNames.UNET))) {
      inner = inner.under(MODEL);
    }
    if (all(inner, name -> name.startsWith(DISTRIBUTED))) {
      inner = inner.under(DISTRIBUTED);
    }
    return all(inner, name -> TAESD_LAYER.matcher(name).matches()) ? tinyVae(inner) : inner;
  }

  private static boolean all(StateDict state, Predicate<String> test) {
    return !state.names().isEmpty() && state.names().stream().allMatch(test);
  }

  /** Whether the file of a UNet is marked: that it predicts v, not noise. */
  public static boolean predictsVelocity(StateDict state) {
    return state.has(LdmNames.VELOCITY);
  }

  /** Whether the file of a UNet is marked: that the last step of its training left nothing of a picture. */
  public static boolean endsInNoise(StateDict state) {
    return state.has(LdmNames.ZERO_SNR);
  }

  /**
   * The image and video UNet: of diffusers, or part of a Stable Diffusion checkpoint in one file; with motion modules,
   * if there are any, as {@link #motion}.
   */
  public static StateDict unet(StateDict state) {
    return motion(LdmNames.unet(state));
  }

  /**
   * LaVie's UNet: the names of diffusers, and temporal attention's. The frequencies of its rotary positions, the same
   * 16 numbers beside every attention or missing, are dropped: they follow from the positions' definition.
   */
  public static StateDict lavie(StateDict state) {
    return state.drop(name -> name.contains(".rotary_emb."));
  }

  /**
   * SparseCtrl in AnimateDiff's original naming or in that of diffusers. The tables of positions are dropped, since
   * most files lack them: they follow from the definition of sinusoidal positions.
   */
  public static StateDict sparseControl(StateDict state) {
    return motion(state).drop(name -> name.endsWith(".pos_embed.pe"));
  }

  /**
   * TAESD's own naming to that of diffusers' AutoencoderTiny. The encoder's and the decoder's file each number their
   * layers only; the decoder's first one is a clamp, which has no weights and which diffusers does not count.
   */
  public static StateDict tinyVae(StateDict state) {
    boolean numbered = all(state, name -> TAESD_LAYER.matcher(name).matches());
    boolean encoder = state.names().stream().anyMatch(name -> name.startsWith("0."));
    String half = encoder ? "encoder." : "decoder.";
    return state.rename(name -> tinyVaeName(numbered ? half + name : name));
  }

  private static String tinyVaeName(String name) {
    Matcher original = TAESD_HALF.matcher(name);
    if (!original.matches()) {
      return name;
    }
    int index = Integer.parseInt(original.group(2)) - (original.group(1).equals("decoder") ? 1 : 0);
    return original.group(1) + ".layers." + index + "." + original.group(3);
  }

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

  static String motionName(String name) {
    String bare = withoutPrefix(name, "module.").replace(".temporal_transformer.", ".");
    if (!bare.contains(".motion_modules.")) {
      return bare;
    }
    String withTable = MOTION_POSITIONS.matcher(bare).replaceFirst(".pos_embed.pe");
    return MOTION_PART.matcher(withTable).replaceAll(part -> "." + MOTION_NAMES.get(part.group(1)) + ".");
  }

  /**
   * The VAE: of diffusers with current or old names of its attention (query, key, value, proj_attn), or part of a
   * Stable Diffusion checkpoint in one file. 1x1 convolutions become matrices.
   */
  public static StateDict vae(StateDict state) {
    return LdmNames.vae(state)
        .rename(name -> OLD_VAE_ATTENTION.matcher(name)
            .replaceAll(part -> part.group(1) + "." + VAE_NAMES.get(part.group(2)) + "."))
        .squeeze(name -> VAE_ATTENTION_WEIGHT.matcher(name).find());
  }

  /**
   * CLIP text models, alone, beside the vision model, or part of a Stable Diffusion checkpoint in one file: always with
   * {@code text_model.}; buffers and projections that the text encoder lacks dropped.
   */
  public static StateDict clipText(StateDict state) {
    Pattern unused = Pattern.compile("(vision_model|visual_projection|text_projection)\\..*|logit_scale"
        + "|.*\\.position_ids|text_model\\.text_projection\\.weight");
    return OpenClipNames.text(LdmNames.text(state))
        .drop(name -> unused.matcher(name).matches())
        .rename(name -> "text_model." + withoutPrefix(name, "text_model."));
  }

  /** ImageReward: the buffer of positions and BLIP's projections, which the reward does not use, dropped. */
  public static StateDict imageReward(StateDict state) {
    Pattern unused = Pattern.compile("\\.position_ids$|^blip\\.(vision_proj|text_proj|itm_head)\\.");
    return state
        .rename(name -> withoutPrefix(name, "module."))
        .drop(name -> unused.matcher(name).find());
  }

  static String withoutPrefix(String name, String prefix) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }
}
