// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.network.LavieUnet;
import io.i4vgen.network.LavieUnetConfig;
import io.i4vgen.weights.StateDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code lavie-unet}: LaVie's UNet as I4VGen runs it, and the parts of its temporal attention. */
final class LavieUnetCheck implements Check {

  static final String KIND = "lavie-unet";

  private static final String SAMPLE = ".sample";
  private static final String BUCKETS = "rel_pos.bucket_";
  private static final String ACTIVATION = "probe.act.";
  private static final String ATTENTION = ".attn_temp";
  private static final String BIAS = ".time_rel_pos_bias";

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    List<Comparison> comparisons = new ArrayList<>();
    try (LavieUnet unet = load(reference, reference.weights(), manager)) {
      for (String name : io.names()) {
        if (name.endsWith(SAMPLE)) {
          comparisons.add(clip(unet, io, name.substring(0, name.length() - SAMPLE.length())));
        } else if (name.startsWith(BUCKETS)) {
          comparisons.add(Comparison.absolute(name, unet.relativeBuckets(places(io.get(name))), io.get(name), 0));
        } else if (name.startsWith(ACTIVATION) && name.endsWith(BIAS)) {
          comparisons.add(bias(unet, io, name));
        } else if (name.startsWith(ACTIVATION) && name.endsWith(ATTENTION)) {
          comparisons.add(attention(unet, io, name));
        }
      }
      comparisons.add(Comparison.network("rotary.out", unet.rotated(io.get("rotary.in")), io.get("rotary.out")));
    }
    return comparisons;
  }

  /** The network that a case of this kind describes; close it. */
  static LavieUnet load(Case reference, Path weights, NDManager manager) {
    try (StateDict state = StateDict.open(weights)) {
      return LavieUnet.load(state, LavieUnetConfig.of(reference.at("config")), manager);
    }
  }

  private static Comparison clip(LavieUnet unet, Tensors io, String run) {
    NDArray clips = io.get(run + SAMPLE);
    long frames = clips.getShape().get(2);
    NDArray predicted = unet.predict(Clips.images(clips), io.get(run + ".timestep"),
        io.get(run + ".encoder_hidden_states"), Math.toIntExact(frames), true);
    return Comparison.network(run, Clips.of(predicted, frames), io.get(run + ".output"));
  }

  private static Comparison bias(LavieUnet unet, Tensors io, String name) {
    NDArray expected = io.get(name);
    String layer = name.substring(ACTIVATION.length(), name.length() - BIAS.length());
    return Comparison.network(name, unet.relativeBias(places(expected), layer), expected);
  }

  /** The numbers of as many frames as the last axis of {@code table} has. */
  private static NDArray places(NDArray table) {
    int frames = Math.toIntExact(table.getShape().getLastDimension());
    return table.getManager().arange(0, frames, 1, DataType.INT64);
  }

  /** What was recorded of the norm before it is what goes in. */
  private static Comparison attention(LavieUnet unet, Tensors io, String name) {
    NDArray normed = io.get(name.substring(0, name.length() - ATTENTION.length()) + ".norm_temp");
    return Comparison.network(name, unet.attended(normed, name.substring(ACTIVATION.length())), io.get(name));
  }
}
