// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.diffusion.Extent;
import io.i4vgen.diffusion.NiVsds;
import io.i4vgen.diffusion.SchedulerConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A model pack as its {@code plugin.yaml} describes it.
 *
 * @param name as jobs call it
 * @param folder its own folder
 * @param about what people should know
 * @param frame size and length of its videos
 * @param networks what each network is loaded from
 * @param tokenizer the folder of the text encoder's tokenizer, as the files' paths have it
 * @param rewardVocabulary the reward network's {@code vocab.txt}; empty if there is no such network
 * @param precision what its networks calculate in, if the run does not say
 * @param scheduler the noise schedule of its training and how it is sampled
 * @param defaults options of stages, for jobs and routes that do not set them
 * @param negativePrompt for jobs that have none
 * @param presets named sets of options that win over {@code defaults}; where there are none, {@code code} and
 *     {@code paper} are those of NI-VSDS
 * @param files every file, by its path
 */
public record PackDescription(String name, Path folder, About about, Frame frame, Map<Kind, NetworkFiles> networks,
    String tokenizer, String rewardVocabulary, Precision precision, SchedulerConfig scheduler,
    Map<String, String> defaults, String negativePrompt, Map<String, Map<String, String>> presets,
    Map<String, PackFile> files)
    implements PackContents {

  /** The default that names the preset to use. */
  private static final String PRESET = "preset";

  /**
   * What people should know of a pack.
   *
   * @param description what it shows
   * @param license of its weights, an SPDX identifier if there is one
   * @param limits what it can't do
   * @param examples prompts to try
   * @param vocabulary words it was trained on; empty if any will do
   */
  public record About(String description, String license, String limits, List<String> examples,
      Vocabulary vocabulary) {}

  public PackDescription {
    networks = Map.copyOf(networks);
    defaults = Collections.unmodifiableMap(defaults);
    presets = Collections.unmodifiableMap(presets);
    files = Collections.unmodifiableMap(files);
  }

  public int frames() {
    return frame.frames();
  }

  /** The same pack without low-rank updates. */
  PackDescription plain() {
    PackDescription plain = this;
    for (Map.Entry<Kind, NetworkFiles> one : networks.entrySet()) {
      plain = one.getValue().loras().isEmpty() ? plain : plain.withLoras(one.getKey(), Map.of());
    }
    return plain;
  }

  /** The same pack as far as one network goes: without low-rank updates of the others. */
  PackDescription seenBy(Kind kind) {
    return plain().withLoras(kind, network(kind).loras());
  }

  /** The same pack with other low-rank updates of a network: files and their scales, none to undo them. */
  public PackDescription withLoras(Kind kind, Map<String, Double> loras) {
    Map<Kind, NetworkFiles> all = new EnumMap<>(networks);
    all.put(kind, network(kind).withLoras(loras));
    return new PackDescription(name, folder, about, frame, all, tokenizer, rewardVocabulary, precision, scheduler,
        defaults, negativePrompt, presets, files);
  }

  /**
   * The options of a preset.
   *
   * @param preset its name; {@code null}, empty or {@code auto} for the pack's default, if it has one
   * @throws PackException if there is no such preset; the message names those there are
   */
  public Map<String, String> preset(String preset) {
    String wanted = presetName(preset).orElse(null);
    if (wanted == null) {
      return Map.of();
    }
    Map<String, Map<String, String>> known = known(presets);
    Map<String, String> options = known.get(wanted);
    if (options == null) {
      throw new PackException("pack '" + name + "' has no preset '" + wanted + "'; it has "
          + String.join(", ", known.keySet()));
    }
    return options;
  }

  /** The name of the preset that holds; none if the pack has no default and {@code preset} names none, as above. */
  public Optional<String> presetName(String preset) {
    boolean usual = preset == null || preset.isBlank() || preset.strip().equals("auto");
    return Optional.ofNullable(usual ? defaults.get(PRESET) : preset);
  }

  /** Those of NI-VSDS for a pack that has none of its own. */
  static Map<String, Map<String, String>> known(Map<String, Map<String, String>> own) {
    return own.isEmpty() ? new TreeMap<>(Map.of("code", options(NiVsds.CODE), "paper", options(NiVsds.PAPER))) : own;
  }

  private static Map<String, String> options(NiVsds.Preset preset) {
    Map<String, String> extent = preset.extent() instanceof Extent.Until until
        ? Map.of("ni-vsds.until", Double.toString(until.fraction()))
        : Map.of("ni-vsds.fraction", Double.toString(((Extent.Steps) preset.extent()).fraction()));
    Map<String, String> options = new TreeMap<>(extent);
    options.put("ni-vsds.stepSize", preset.stepSizes().text());
    return options;
  }
}
