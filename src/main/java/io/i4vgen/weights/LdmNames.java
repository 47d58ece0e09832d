// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of a Stable Diffusion checkpoint in one file, as its makers' latent-diffusion code writes it, to those of
 * diffusers. What is numbered there in one row, {@code input_blocks.7}, is a level and a layer here; which, is told by
 * the tensors themselves, so that any number of levels and layers is understood.
 */
final class LdmNames {

  /** Where the networks' tensors are in the file. */
  static final String UNET = "model.diffusion_model.";
  static final String VAE = "first_stage_model.";
  static final String CLIP = "cond_stage_model.transformer.";
  static final String OPEN_CLIP = "cond_stage_model.model.";

  /** That the model predicts v, and that its training went on to nothing but noise: tensors without numbers. */
  static final String VELOCITY = "v_pred";
  static final String ZERO_SNR = "ztsnr";

  /** What says something about a model and is no part of its networks; wherever it is. */
  private static final Pattern MARK =
      Pattern.compile(VELOCITY + "|" + ZERO_SNR + "|scale_factor|denoiser\\.(sigmas|log_sigmas)");

  /** Everything that the file may hold: networks, averages of them, and the noise schedule. */
  private static final Pattern ANY = Pattern.compile("(model\\.diffusion_model|model_ema|first_stage_model"
      + "|cond_stage_model|embedding_manager|lvlb_weights|logvar)\\b.*|betas|" + MARK
      + "|(sqrt_)?(one_minus_|recip_|recipm1_|log_one_minus_)?alphas_cumprod(_prev)?"
      + "|posterior_(variance|log_variance_clipped|mean_coef[12])");

  private static final Map<String, String> UNET_ENDS = Map.of(
      "time_embed.0.", "time_embedding.linear_1.", "time_embed.2.", "time_embedding.linear_2.",
      "input_blocks.0.0.", "conv_in.", "out.0.", "conv_norm_out.", "out.2.", "conv_out.",
      "middle_block.0.", "mid_block.resnets.0.", "middle_block.1.", "mid_block.attentions.0.",
      "middle_block.2.", "mid_block.resnets.1.");

  private static final Map<String, String> RESNET = Map.of("in_layers.0.", "norm1.", "in_layers.2.", "conv1.",
      "emb_layers.1.", "time_emb_proj.", "out_layers.0.", "norm2.", "out_layers.3.", "conv2.",
      "skip_connection.", "conv_shortcut.");

  private static final Pattern VAE_BLOCK =
      Pattern.compile("(encoder|decoder)\\.(down|up)\\.(\\d{1,3})\\.(block\\.(\\d{1,3})|downsample|upsample)\\.(.*)");

  private static final List<Map.Entry<String, String>> VAE_PARTS = List.of(
      Map.entry(".nin_shortcut.", ".conv_shortcut."), Map.entry(".mid.block_1.", ".mid_block.resnets.0."),
      Map.entry(".mid.block_2.", ".mid_block.resnets.1."), Map.entry(".mid.attn_1.norm.",
          ".mid_block.attentions.0.group_norm."), Map.entry(".mid.attn_1.q.", ".mid_block.attentions.0.to_q."),
      Map.entry(".mid.attn_1.k.", ".mid_block.attentions.0.to_k."),
      Map.entry(".mid.attn_1.v.", ".mid_block.attentions.0.to_v."),
      Map.entry(".mid.attn_1.proj_out.", ".mid_block.attentions.0.to_out.0."),
      Map.entry(".norm_out.", ".conv_norm_out."));

  private LdmNames() {}

  static boolean isLdm(StateDict state, String part) {
    return state.names().stream().anyMatch(name -> name.startsWith(part));
  }

  /** The tensors of the UNet, and those that are not of such a file: motion modules read together with it. */
  static StateDict unet(StateDict state) {
    if (!isLdm(state, UNET)) {
      return withoutMarks(state);
    }
    Map<String, String> prefixes = unetPrefixes(state.names());
    return part(state, UNET).rename(name -> unetName(name, prefixes));
  }

  /** The tensors of the VAE. */
  static StateDict vae(StateDict state) {
    if (!isLdm(state, VAE)) {
      return isLdm(state, "decoder.mid.") ? vaeNames(state) : withoutMarks(state);
    }
    return vaeNames(part(state, VAE));
  }

  private static StateDict vaeNames(StateDict state) {
    int levels = 1 + state.names().stream().map(VAE_BLOCK::matcher).filter(Matcher::matches)
        .mapToInt(found -> Integer.parseInt(found.group(3))).max().orElse(0);
    // Its training leaves a discriminator beside it, and averages.
    return state.drop(name -> name.startsWith("loss.") || ANY.matcher(name).matches())
        .rename(name -> vaeName(name, levels));
  }

  /** The tensors of CLIP's text model, of the transformers library (SD 1.x) or of OpenCLIP (SD 2.x). */
  static StateDict text(StateDict state) {
    return isLdm(state, CLIP) ? part(state, CLIP) : isLdm(state, OPEN_CLIP) ? part(state, OPEN_CLIP) : state;
  }

  private static StateDict withoutMarks(StateDict state) {
    return state.drop(name -> MARK.matcher(name).matches());
  }

  private static StateDict part(StateDict state, String prefix) {
    return state.drop(name -> !name.startsWith(prefix) && ANY.matcher(name).matches())
        .rename(name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name);
  }

  /** What the numbers of the two rows of blocks mean. */
  private static Map<String, String> unetPrefixes(Set<String> names) {
    Map<String, String> prefixes = new LinkedHashMap<>(UNET_ENDS);
    int level = 0;
    int layer = 0;
    for (int i = 1; has(names, "input_blocks." + i + ".0."); i++) {
      String block = "input_blocks." + i + ".";
      if (has(names, block + "0.op.")) {
        prefixes.put(block + "0.op.", "down_blocks." + level++ + ".downsamplers.0.conv.");
        layer = 0;
      } else {
        prefixes.put(block + "0.", "down_blocks." + level + ".resnets." + layer + ".");
        prefixes.put(block + "1.", "down_blocks." + level + ".attentions." + layer++ + ".");
      }
    }
    addUpBlocks(names, prefixes);
    return prefixes;
  }

  private static void addUpBlocks(Set<String> names, Map<String, String> prefixes) {
    int level = 0;
    int layer = 0;
    for (int i = 0; has(names, "output_blocks." + i + ".0."); i++) {
      String block = "output_blocks." + i + ".";
      prefixes.put(block + "0.", "up_blocks." + level + ".resnets." + layer + ".");
      prefixes.put(block + "1.", "up_blocks." + level + ".attentions." + layer++ + ".");
      for (String last : List.of("1.conv.", "2.conv.")) {
        if (has(names, block + last)) {
          prefixes.put(block + last, "up_blocks." + level++ + ".upsamplers.0.conv.");
          layer = 0;
        }
      }
    }
  }

  private static boolean has(Set<String> names, String part) {
    return names.stream().anyMatch(name -> name.startsWith(part, UNET.length()) && name.startsWith(UNET));
  }

  /** The longest prefix of at most four parts that is known: {@code output_blocks.2.1.conv.} before the block's own. */
  private static String unetName(String name, Map<String, String> prefixes) {
    String known = "";
    int end = 0;
    for (int part = 0; part < 4 && (end = name.indexOf('.', end)) >= 0; part++) {
      String prefix = name.substring(0, ++end);
      known = prefixes.containsKey(prefix) ? prefix : known;
    }
    String rest = name.substring(known.length());
    for (Map.Entry<String, String> layer : RESNET.entrySet()) {
      rest = rest.startsWith(layer.getKey()) ? layer.getValue() + rest.substring(layer.getKey().length()) : rest;
    }
    return prefixes.getOrDefault(known, "") + rest;
  }

  private static String vaeName(String name, int levels) {
    String found = name;
    Matcher block = VAE_BLOCK.matcher(name);
    if (block.matches()) {
      boolean down = block.group(2).equals("down");
      int level = Integer.parseInt(block.group(3));
      String part = block.group(5) == null ? block.group(4) + "rs.0" : "resnets." + block.group(5);
      // The file counts the decoder's levels from the image.
      found = block.group(1) + "." + block.group(2) + "_blocks." + (down ? level : levels - 1 - level) + "." + part
          + "." + block.group(6);
    }
    for (Map.Entry<String, String> part : VAE_PARTS) {
      found = found.replace(part.getKey(), part.getValue());
    }
    return found;
  }
}
