// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDManager;
import io.i4vgen.network.Vae;
import io.i4vgen.network.VaeConfig;
import io.i4vgen.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** {@code vae}: encoding and decoding, with the current names of the weights and with the old ones. */
final class VaeCheck implements Check {

  private static final String OLD_NAMES = "weights-deprecated-names.safetensors";

  @Override
  public String kind() {
    return "vae";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    Stream<Path> files = Stream.of(reference.weights(), reference.folder().resolve(OLD_NAMES));
    return files.filter(Files::exists).flatMap(weights -> compare(reference, io, weights, manager)).toList();
  }

  private static Stream<Comparison> compare(Case reference, Tensors io, Path weights, NDManager manager) {
    String of = " (" + weights.getFileName() + ")";
    try (StateDict state = StateDict.open(weights);
        Vae vae = Vae.load(state, VaeConfig.of(reference.at("config")), manager)) {
      Vae.Distribution encoded = vae.encode(io.get("in.image"));
      return Stream.of(
          Comparison.network("mean" + of, encoded.mean(), io.get("out.encode.mean")),
          Comparison.network("log variance" + of, encoded.logVariance(), io.get("out.encode.logvar")),
          Comparison.network("sample" + of, encoded.sample(io.get("in.encode.eps")), io.get("out.encode.sample")),
          Comparison.network("scaled mean" + of, vae.latent(encoded.mean()),
              io.get("out.encode.latent_mode_scaled")),
          Comparison.network("decoded" + of, vae.decodeRaw(io.get("in.latent")), io.get("out.decode")),
          Comparison.network("decoded from scaled" + of, vae.decode(vae.latent(io.get("in.latent"))),
              io.get("out.decode")));
    }
  }
}
