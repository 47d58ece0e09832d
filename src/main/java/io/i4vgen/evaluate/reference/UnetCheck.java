// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.StateDict;
import java.util.List;

/** {@code unet2d}: the image UNet at every recorded timestep, also one timestep for each item of the batch. */
final class UnetCheck implements Check {

  private static final String TIMESTEP = "in.timestep.";

  @Override
  public String kind() {
    return "unet2d";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    try (StateDict state = StateDict.open(reference.weights());
        Unet unet = Unet.load(state, UnetConfig.of(reference.at("config")), manager)) {
      return io.names().stream().filter(name -> name.startsWith(TIMESTEP))
          .map(name -> compare(unet, io, name.substring(TIMESTEP.length()))).toList();
    }
  }

  private static Comparison compare(Unet unet, Tensors io, String run) {
    NDArray predicted = unet.predict(io.get("in.sample"), io.get(TIMESTEP + run),
        io.get("in.encoder_hidden_states"), 1, false);
    return Comparison.network("timestep " + run, predicted, io.get("out.sample." + run));
  }
}
