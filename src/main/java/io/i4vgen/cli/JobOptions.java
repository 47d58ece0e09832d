// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Key;
import io.i4vgen.camel.RouteFolder;
import io.i4vgen.generation.BadJob;
import io.i4vgen.stage.NamedFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options of commands that make videos of one prompt: what is to be done with it, by which route and pack. */
final class JobOptions {

  @Option(names = "--route", paramLabel = "NAME",
      description = "The pipeline: the id of a route in a file routes/NAME.camel.yaml. Default: i4vgen.")
  private String route;

  @Option(names = "--model", paramLabel = "NAME|DIR",
      description = "The pack, by name or folder. Default: the route's, else shapes.")
  String model;

  @Option(names = "--steps", description = "Denoising steps of every stage. Default: the pack's.")
  private String steps;

  @Option(names = "--sampler", description = "ddim, ddpm, euler, euler-ancestral, dpm-solver++, unipc or lcm, of every "
      + "stage. Default: the pack's.")
  private String sampler;

  @Option(names = "--candidates", description = "Candidate images to choose the anchor from. Default: the pack's.")
  private String candidates;

  @Option(names = "--frames", description = "Frames of the video. Default: the pack's.")
  private String frames;

  @Option(names = "--guidance", description = "Classifier-free guidance scale. Default: the pack's.")
  private String guidance;

  @Option(names = "--negative", paramLabel = "TEXT", description = "What the video should not show.")
  String negative;

  @Option(names = "--preset", paramLabel = "code|paper",
      description = "Step sizes and extent of NI-VSDS as in the published code or in the paper. Default: the pack's.")
  private String preset;

  @Option(names = "--image", paramLabel = "FILE",
      description = "The picture to begin from, in routes that take one: JPEG, PNG or WebP.")
  private String image;

  @Option(names = "--images", paramLabel = "DIR",
      description = "A folder of pictures, of which the one that shows the prompt best is the anchor.")
  private String images;

  @Option(names = "--condition", paramLabel = "FILE@FRAME",
      description = "A picture for a frame, in SparseCtrl's routes: 0 is the first, -1 the last; may be repeated.")
  private List<String> conditions = new ArrayList<>();

  @Option(names = "--lora", paramLabel = "FILE[@SCALE]",
      description = "Low-rank updates of the pack's networks, of any form, and how strongly they count: 1 if not said; "
          + "may be repeated.")
  private List<String> loras = new ArrayList<>();

  @Option(names = "--option", paramLabel = "STAGE.OPTION=VALUE",
      description = "Any option of any step, such as noise.strength=0.8; may be repeated.")
  private Map<String, String> options = new TreeMap<>();

  /**
   * The pipeline.
   *
   * @throws io.i4vgen.generation.BadJob if the command line names its file
   */
  String route(Configuration configuration) {
    if (route == null) {
      return configuration.get(Key.ROUTE);
    }
    RouteFolder.requireName("--route", route);
    return route;
  }

  /**
   * A job's parameters, by name.
   *
   * @throws BadJob if the command line says one of them twice, and not the same
   */
  Map<String, String> parameters() {
    Map<String, String> parameters = new TreeMap<>(options);
    put(parameters, "steps", steps);
    put(parameters, "sampler", sampler);
    put(parameters, "candidates", candidates);
    put(parameters, "frames", frames);
    put(parameters, "guidance", guidance);
    put(parameters, "preset", preset);
    put(parameters, "image", image);
    put(parameters, "images", images);
    put(parameters, "conditions", list(conditions));
    put(parameters, "loras", list(loras));
    return parameters;
  }

  private static String list(List<String> files) {
    return files.isEmpty() ? null : files.stream().map(NamedFiles::item).collect(Collectors.joining(", "));
  }

  private static void put(Map<String, String> parameters, String name, String value) {
    if (value == null) {
      return;
    }
    String before = parameters.put(name, value);
    if (before != null && !before.equals(value)) {
      throw new BadJob("--option %s=%s: the command line also says '%s', by an option of its own; say one"
          .formatted(name, before, value));
    }
  }
}
