// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.network.Unet;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * {@code lora}: files of each form merged into a UNet and a text encoder at one scale; the weights that change, what
 * the UNet then predicts, and what it predicts when the update is undone.
 */
final class LoraCheck implements Check {

  /** Attention processors' names for peft's numbers: they have no results of their own. */
  private static final Map<String, String> RESULTS_OF =
      Map.of("kohya", "kohya", "peft", "peft", "attn-processor", "peft");

  @Override
  public String kind() {
    return "lora";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    double scale = reference.at("parameters", "scale").asDouble();
    List<Comparison> comparisons = new ArrayList<>();
    try (StateDict base = StateDict.open(reference.weights());
        Unet unet = Unet.load(base.under("unet."), UnetConfig.of(reference.at("config", "unet")), manager)) {
      RESULTS_OF.forEach((form, results) -> {
        Path file = reference.folder().resolve("lora-%s.safetensors".formatted(form));
        if (Files.exists(file)) {
          try (Lora lora = Lora.open(file)) {
            predictions(unet, lora, form, scale, results, io).forEach(comparisons::add);
            weights(reference, base, new Lora.Scaled(lora, scale), form, results, manager).forEach(comparisons::add);
          }
        }
      });
      comparisons.add(Comparison.network("without", predict(unet, io), io.get("out.base")));
    }
    return comparisons;
  }

  private static Stream<Comparison> predictions(Unet unet, Lora lora, String form, double scale, String results,
      Tensors io) {
    String with = "out.%s_scale%s".formatted(results, scale);
    String withoutAlpha = "out.%s_ignoring_alpha_scale%s".formatted(results, scale);
    return Stream.of(Map.entry(with, lora), Map.entry(withoutAlpha, lora.ignoringAlpha()))
        .filter(run -> io.has(run.getKey())).map(run -> {
          try (Unet updated = unet.with(List.of(new Lora.Scaled(run.getValue(), scale)))) {
            return Comparison.network(form + ": " + run.getKey(), predict(updated, io), io.get(run.getKey()));
          }
        });
  }

  private static NDArray predict(Unet unet, Tensors io) {
    return unet.predict(io.get("in.sample"), io.get("in.timestep"), io.get("in.encoder_hidden_states"), 1, false);
  }

  private static Stream<Comparison> weights(Case reference, StateDict base, Lora.Scaled lora, String form,
      String results, NDManager manager) {
    String name = "merged-%s-scale%s.safetensors".formatted(results, lora.scale());
    if (!Files.exists(reference.folder().resolve(name))) {
      return Stream.empty();
    }
    Tensors expected = reference.tensors(name, manager);
    Map<String, NDArray> merged = new TreeMap<>();
    for (Lora.Target target : Lora.Target.values()) {
      String prefix = target == Lora.Target.UNET ? "unet." : "text_encoder.";
      Lora.merged(base.under(prefix).load(manager, DataType.FLOAT32), target, List.of(lora), manager)
          .forEach((weight, array) -> merged.put(prefix + weight, array));
    }
    return Stream.concat(
        Stream.of(Comparison.exact(form + ": names of what changes", new TreeSet<>(merged.keySet()), expected.names())),
        expected.names().stream().filter(merged::containsKey)
            .map(weight -> Comparison.network(form + ": " + weight, merged.get(weight), expected.get(weight))));
  }
}
