// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of OpenCLIP's text model, which Stable Diffusion 2 was trained with, to those of the transformers library.
 * Its query, key and value are one matrix, and its last layer is never run: the UNet attends to the layer before it.
 */
final class OpenClipNames {

  private static final Pattern LAYER = Pattern.compile("transformer\\.resblocks\\.(\\d{1,3})\\.(.*)");

  private static final Map<String, String> PARTS = Map.of("ln_1.", "layer_norm1.", "ln_2.", "layer_norm2.",
      "attn.out_proj.", "self_attn.out_proj.", "mlp.c_fc.", "mlp.fc1.", "mlp.c_proj.", "mlp.fc2.");

  private static final Map<String, String> NAMES = Map.of(
      "positional_embedding", "embeddings.position_embedding.weight",
      "token_embedding.weight", "embeddings.token_embedding.weight",
      "ln_final.weight", "final_layer_norm.weight", "ln_final.bias", "final_layer_norm.bias");

  private OpenClipNames() {}

  /** The text model; other models as they are. */
  static StateDict text(StateDict state) {
    if (!state.has("positional_embedding")) {
      return state;
    }
    int last = state.names().stream().mapToInt(OpenClipNames::layer).max().orElse(-1);
    StateDict named = state
        .drop(name -> layer(name) == last || name.matches("text_projection|logit_scale|attn_mask"))
        .rename(OpenClipNames::name);
    for (String name : List.copyOf(named.names())) {
      if (name.contains(".attn.in_proj_")) {
        named = named.split(name, projections(name));
      }
    }
    return named;
  }

  private static int layer(String name) {
    Matcher layer = LAYER.matcher(name);
    return layer.matches() ? Integer.parseInt(layer.group(1)) : -1;
  }

  private static String name(String name) {
    Matcher layer = LAYER.matcher(name);
    if (!layer.matches()) {
      return NAMES.getOrDefault(name, name);
    }
    String part = layer.group(2);
    for (Map.Entry<String, String> known : PARTS.entrySet()) {
      part = part.startsWith(known.getKey()) ? known.getValue() + part.substring(known.getKey().length()) : part;
    }
    return "encoder.layers.%s.%s".formatted(layer.group(1), part);
  }

  private static List<String> projections(String name) {
    String layer = name.substring(0, name.indexOf(".attn.in_proj_"));
    String kind = name.substring(name.lastIndexOf('_') + 1);
    return List.of("q", "k", "v").stream().map(p -> "%s.self_attn.%s_proj.%s".formatted(layer, p, kind)).toList();
  }
}
