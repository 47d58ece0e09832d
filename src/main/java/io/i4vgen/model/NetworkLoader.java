// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.ImageReward;
import io.i4vgen.network.LavieUnet;
import io.i4vgen.network.SparseControl;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.TinyVae;
import io.i4vgen.network.Unet;
import io.i4vgen.network.Vae;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Loads the networks of one pack. What goes wrong is a {@link PackException} naming pack and network.
 *
 * @param memory parent of what the networks own
 * @param floats what they compute in
 * @param mapped whether weights are views of their files where they can be, see {@link StateDict#mapped}
 */
record NetworkLoader(PackContents pack, NDManager memory, DataType floats, boolean mapped) {

  TextEncoder textEncoder() {
    return load(Kind.TEXT_ENCODER,
        state -> TextEncoder.load(state, source().textEncoder(state), memory, floats));
  }

  /** The text encoder with the pack's low-rank updates, a view of one that is loaded. */
  TextEncoder updated(TextEncoder base) {
    return updated(Kind.TEXT_ENCODER, base::with);
  }

  /** The UNet, with the motion modules of the pack merged in if it has any. */
  Backbone unet() {
    return pack.isLavie() ? lavieUnet() : load(Kind.UNET,
        state -> Unet.load(state, source().unet(state), memory, floats));
  }

  private Backbone lavieUnet() {
    return load(Kind.UNET, state -> LavieUnet.load(state, source().lavieUnet(state), memory, floats));
  }

  /** The UNet with the pack's low-rank updates, a view of one that is loaded. */
  Backbone updated(Backbone base) {
    return updated(Kind.UNET, base::with);
  }

  private <T> T updated(Kind kind, Function<List<Lora.Scaled>, T> with) {
    return source().named(kind, () -> {
      List<Lora.Scaled> updates = new ArrayList<>();
      try {
        pack.network(kind).loras().forEach((path, scale) ->
            updates.add(new Lora.Scaled(Lora.open(pack.file(path)), scale)));
        updates.forEach(update -> update.lora().requireUpdates(kind.updatedAs().orElseThrow()));
        return with.apply(updates);
      } finally {
        updates.forEach(update -> update.lora().close());
      }
    });
  }

  Vae vae() {
    return load(Kind.VAE, state -> Vae.load(state, source().vae(state), memory, floats));
  }

  TinyVae tinyVae() {
    return load(Kind.TINY_VAE, state -> TinyVae.load(state, source().tinyVae(), memory, floats));
  }

  /** SparseCtrl for frames or for scribbles. */
  SparseControl sparseControl(Kind kind) {
    return load(kind, state -> SparseControl.load(state, source().sparseControl(kind, state), memory, floats));
  }

  ImageReward reward() {
    return load(Kind.REWARD, state -> ImageReward.load(state, source().reward(), memory, floats));
  }

  private <T> T load(Kind kind, Function<StateDict, T> load) {
    return source().named(kind, () -> {
      try (StateDict state = source().open(kind)) {
        return load.apply(mapped ? state.mapped() : state);
      }
    });
  }

  private NetworkSource source() {
    return new NetworkSource(pack);
  }
}
