// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.network.WeightsCheck;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Whether the networks of a pack are in order, each by itself and with the others, as the headers of their files and
 * their configurations tell.
 */
final class NetworkCheck {

  private final PackContents pack;
  private final NetworkSource source;
  private final PackFit fit;

  NetworkCheck(PackContents pack) {
    this.pack = pack;
    this.source = new NetworkSource(pack);
    this.fit = new PackFit(pack);
  }

  /** What is wrong with a network, of which all files are there; what can't even be opened is a fault like others. */
  List<String> faults(Kind kind) {
    return attempted(() -> source.named(kind, () -> {
      List<String> faults = new ArrayList<>();
      try (StateDict state = source.open(kind)) {
        faults.addAll(weights(kind, state));
        pack.network(kind).loras().keySet().forEach(path -> faults.addAll(attempted(() -> lora(path, kind, state))));
      }
      faults.addAll(attempted(() -> tokenizer(kind)));
      return faults;
    }));
  }

  /** What is wrong between those networks of which it is known what they take and make. */
  List<String> misfits() {
    return fit.faults();
  }

  static List<String> attempted(Supplier<List<String>> check) {
    try {
      return check.get();
    } catch (RuntimeException e) {
      return List.of(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private List<String> weights(Kind kind, StateDict state) {
    return switch (kind) {
      case TEXT_ENCODER -> WeightsCheck.textEncoder(state, fit.with(source.textEncoder(state)));
      case UNET -> pack.isLavie() ? WeightsCheck.lavieUnet(state, fit.with(source.lavieUnet(state)))
          : WeightsCheck.unet(state, fit.with(source.unet(state)));
      case VAE -> WeightsCheck.vae(state, fit.with(source.vae(state)));
      case TINY_VAE -> WeightsCheck.tinyVae(state, source.tinyVae());
      case SPARSECTRL_RGB, SPARSECTRL_SCRIBBLE ->
          WeightsCheck.sparseControl(state, fit.with(kind, source.sparseControl(kind, state)));
      case REWARD -> WeightsCheck.imageReward(state, fit.with(source.reward()));
      case MOTION -> throw new IllegalArgumentException("motion modules are a part of the UNet");
    };
  }

  private List<String> lora(String path, Kind kind, StateDict base) {
    Lora.Target target = kind.updatedAs().orElseThrow();
    try (Lora lora = Lora.open(pack.file(path))) {
      lora.requireUpdates(target);
      if (kind == Kind.TEXT_ENCODER) {
        return lora.faults(CheckpointNames.clipText(base), target);
      }
      return lora.faults(pack.isLavie() ? CheckpointNames.lavie(base) : CheckpointNames.unet(base), target);
    }
  }

  private List<String> tokenizer(Kind kind) {
    if (kind == Kind.TEXT_ENCODER) {
      try (ClipTokenizer tokenizer = source.tokenizer()) {
        fit.withTokensUpTo(tokenizer.last());
      }
    } else if (kind == Kind.REWARD) {
      try (BertTokenizer tokenizer = source.rewardTokenizer()) {
        fit.withRewardTokensUpTo(tokenizer.last());
      }
    }
    return List.of();
  }
}
