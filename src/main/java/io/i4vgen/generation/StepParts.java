// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which parts each step needs, takes away and makes: what can be told of a route's steps before they run. */
public enum StepParts {
  TEXT_ENCODE("text-encode", List.of(), List.of(), Part.TEXT),
  PROMPT_TRAVEL("prompt-travel", List.of(), List.of(), Part.TEXT),
  CONTEXT_WINDOWS("context-windows", List.of(), List.of()),
  CANDIDATES("candidates", List.of(Part.TEXT), List.of(), Part.CANDIDATES),
  IMAGE_REWARD("image-reward", List.of(Part.CANDIDATES), List.of(), Part.REWARDS, Part.IMAGES),
  SELECT_ANCHOR("select-anchor", List.of(Part.CANDIDATES), List.of(), Part.ANCHOR),
  IMAGE_ANCHOR("image-anchor", List.of(), List.of(), Part.ANCHOR),
  RETRIEVE("retrieve", List.of(), List.of(), Part.REWARDS, Part.ANCHOR),
  SPARSECTRL("sparsectrl", List.of(), List.of(), Part.CONDITION),
  REPLICATE("replicate", List.of(Part.ANCHOR), List.of(), Part.VIDEO),
  NI_VSDS("ni-vsds", List.of(Part.VIDEO, Part.TEXT), List.of(), Part.VIDEO),
  NOISE("noise", List.of(), List.of(Part.VIDEO), Part.NOISY),
  DENOISE("denoise", List.of(Part.NOISY, Part.TEXT), List.of(Part.NOISY), Part.VIDEO),
  FREE_INIT("free-init", List.of(Part.NOISY, Part.TEXT), List.of(Part.NOISY), Part.VIDEO),
  PREVIEW("preview", List.of(), List.of()),
  DECODE("decode", List.of(Part.VIDEO), List.of(), Part.FRAMES),
  ENCODE_VIDEO("encode-mp4", List.of(Part.FRAMES), List.of());

  /** What a preview shows, the first that is there; without any of them, it needs the candidates. */
  public static final List<Part> SHOWN = List.of(Part.VIDEO, Part.NOISY, Part.ANCHOR);

  private final String stage;
  private final List<Part> needs;
  private final List<Part> takes;
  private final List<Part> makes;

  StepParts(String stage, List<Part> needs, List<Part> takes, Part... makes) {
    this.stage = stage;
    this.needs = needs;
    this.takes = takes;
    this.makes = List.of(makes);
  }

  /** Those of the step of that name; nothing if it is none of ours. */
  public static Optional<StepParts> named(String stage) {
    return Arrays.stream(values()).filter(step -> step.stage.equals(stage)).findFirst();
  }

  /** The first part that the step can't do without and that is not {@code there}, which is a wrong place for it. */
  public Optional<Part> missing(Set<Part> there) {
    return needs(there).stream().filter(part -> !there.contains(part)).findFirst();
  }

  /** An anchor without a video is a forgotten step, not a wish for pure noise; a preview shows whatever there is. */
  private List<Part> needs(Set<Part> there) {
    return switch (this) {
      case NOISE -> there.contains(Part.ANCHOR) ? List.of(Part.VIDEO) : needs;
      case PREVIEW -> Collections.disjoint(there, SHOWN) ? List.of(Part.CANDIDATES) : needs;
      default -> needs;
    };
  }

  /** The parts that are there after the step, if {@code there} are those before it. */
  public Set<Part> after(Set<Part> there) {
    Set<Part> after = EnumSet.noneOf(Part.class);
    after.addAll(there);
    takes.forEach(after::remove);
    after.addAll(makes);
    return after;
  }

  boolean isMakerOf(Part part) {
    return makes.contains(part);
  }

  /**
   * The steps that could make a part for another one, as a sentence's end: {@code i4vgen-replicate-action or ...}.
   *
   * @param stage the other one, which would lack the same
   * @param there the parts before it; steps that lack something themselves are left out if there are others
   */
  static String makers(Part part, String stage, Set<Part> there) {
    List<StepParts> makers = Arrays.stream(values())
        .filter(step -> step.isMakerOf(part) && !step.stage.equals(stage)).toList();
    List<StepParts> ready = makers.stream().filter(step -> step.missing(there).isEmpty()).toList();
    return (ready.isEmpty() ? makers : ready).stream().map(step -> "i4vgen-%s-action".formatted(step.stage))
        .collect(Collectors.joining(" or "));
  }
}
