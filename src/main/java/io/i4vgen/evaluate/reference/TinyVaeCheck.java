// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.network.TinyVae;
import io.i4vgen.network.TinyVaeConfig;
import io.i4vgen.weights.CheckpointNames;
import io.i4vgen.weights.StateDict;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** {@code taesd}: the tiny autoencoder in diffusers' naming and, where a case has them, in its own two files. */
final class TinyVaeCheck implements Check {

  private static final String OWN_ENCODER = "weights-original-encoder.safetensors";
  private static final String OWN_DECODER = "weights-original-decoder.safetensors";

  @Override
  public String kind() {
    return "taesd";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    List<Comparison> comparisons = new ArrayList<>();
    try (StateDict state = StateDict.open(reference.weights()); TinyVae vae = load(reference, state, manager)) {
      compare(vae, io, "", comparisons);
      comparisons.add(Comparison.network("scaled", vae.toUnit(io.get("in.latent")), io.get("out.scale_latents")));
      comparisons.add(Comparison.network("unscaled", vae.fromUnit(io.get("out.scale_latents")),
          io.get("out.unscale_latents")));
    }
    if (Files.exists(reference.folder().resolve(OWN_ENCODER))) {
      ownNames(reference, io, manager, comparisons);
    }
    return comparisons;
  }

  /** The original takes and returns images of 0 to 1. */
  private static void ownNames(Case reference, Tensors io, NDManager manager, List<Comparison> comparisons) {
    try (StateDict encoder = StateDict.open(reference.file(OWN_ENCODER));
        StateDict decoder = StateDict.open(reference.file(OWN_DECODER));
        TinyVae vae = load(reference, CheckpointNames.tinyVae(encoder).merge(CheckpointNames.tinyVae(decoder)),
            manager)) {
      compare(vae, io, " (own names)", comparisons);
      comparisons.add(Comparison.network("encoded by the original", vae.encode(io.get("in.image")),
          vae.latent(io.get("out.original_taesd_encode_of_image01"))));
      NDArray decoded = vae.decode(vae.latent(io.get("in.latent")));
      comparisons.add(Comparison.network("decoded by the original", decoded.add(1).div(2),
          io.get("out.original_taesd_decode_01")));
    }
  }

  private static TinyVae load(Case reference, StateDict state, NDManager manager) {
    return TinyVae.load(state, TinyVaeConfig.of(reference.at("config")), manager);
  }

  /** The cases' latents are raw ones. */
  private static void compare(TinyVae vae, Tensors io, String of, List<Comparison> comparisons) {
    comparisons.add(Comparison.network("encoded" + of, vae.encode(io.get("in.image")),
        vae.latent(io.get("out.encode"))));
    comparisons.add(Comparison.network("decoded" + of, vae.decode(vae.latent(io.get("in.latent"))),
        io.get("out.decode")));
  }
}
