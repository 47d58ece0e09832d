// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import io.i4vgen.model.WeightsKind;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Tells from the names of its tensors, and where versions differ from a shape, what a file of weights holds. */
final class Recognition {

  private static final String MOTION = ".motion_modules.";
  private static final int POSITIONS_V1 = 24;
  private static final int SHOWN = 3;

  private final StateDict state;

  private Recognition(StateDict state) {
    this.state = state;
  }

  /** What these tensors are; nothing if they are something else. */
  static Optional<WeightsKind> of(StateDict state) {
    return new Recognition(state).kind();
  }

  /** The first few names, for somebody who wonders why they were not recognised. */
  static String seen(StateDict state) {
    Set<String> names = state.names();
    return "%d tensors%s".formatted(names.size(), names.isEmpty() ? "" : ", the first ones "
        + names.stream().limit(SHOWN).map(name -> name + " " + state.shape(name)).collect(Collectors.joining(", ")));
  }

  /** Everything that can be told. */
  static String known() {
    List<String> titles = new ArrayList<>();
    for (WeightsKind kind : WeightsKind.values()) {
      titles.add(kind.title());
    }
    return String.join("; ", titles);
  }

  private Optional<WeightsKind> kind() {
    if (begins("model.diffusion_model.")) {
      return begins("cond_stage_model.") ? Optional.of(WeightsKind.STABLE_DIFFUSION) : Optional.empty();
    } else if (Lora.isLora(state)) {
      return Optional.of(any(name -> name.contains("motion_modules")) ? WeightsKind.MOTION_LORA : WeightsKind.LORA);
    } else if (any(name -> name.contains(".attn_temp."))) {
      return Optional.of(WeightsKind.LAVIE);
    } else if (begins("controlnet_cond_embedding.")) {
      return control();
    } else if (any(name -> name.contains(MOTION)) && !state.has("conv_in.weight")) {
      return motion();
    } else if (begins("blip.visual_encoder.") && begins("mlp.layers.")) {
      return Optional.of(WeightsKind.IMAGE_REWARD);
    }
    return part();
  }

  private Optional<WeightsKind> part() {
    if (begins("encoder.layers.") || begins("decoder.layers.")) {
      return state.names().stream().anyMatch(name -> name.contains("self_attn")) ? Optional.of(WeightsKind.TEXT_ENCODER)
          : Optional.of(WeightsKind.TINY_VAE);
    } else if (state.has("encoder.conv_in.weight") && state.has("decoder.conv_in.weight")) {
      return Optional.of(WeightsKind.VAE);
    } else if (any(name -> name.endsWith("embeddings.token_embedding.weight"))) {
      return Optional.of(WeightsKind.TEXT_ENCODER);
    } else if (state.has("conv_in.weight") && begins("up_blocks.") && begins("down_blocks.")) {
      return Optional.of(WeightsKind.UNET);
    }
    return Optional.empty();
  }

  /** Without motion modules it is a ControlNet for single pictures. */
  private Optional<WeightsKind> control() {
    if (!any(name -> name.contains(MOTION))) {
      return Optional.empty();
    }
    return Optional.of(state.has("controlnet_cond_embedding.weight") ? WeightsKind.SPARSECTRL_RGB
        : WeightsKind.SPARSECTRL_SCRIBBLE);
  }

  /** Versions 1 and 3 differ in how many frames they have positions for. */
  private Optional<WeightsKind> motion() {
    if (begins("mid_block.")) {
      return Optional.of(WeightsKind.MOTION_V2);
    }
    return state.names().stream().filter(name -> name.endsWith(".pe")).findFirst()
        .map(name -> state.shape(name).get(1) <= POSITIONS_V1 ? WeightsKind.MOTION_V1 : WeightsKind.MOTION_V3);
  }

  private boolean begins(String prefix) {
    return any(name -> name.startsWith(prefix));
  }

  private boolean any(Predicate<String> test) {
    return state.names().stream().anyMatch(test);
  }
}
