// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.MissingPart;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.StepParts;
import io.i4vgen.model.Kind;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackException;
import io.i4vgen.stage.Loras;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import io.i4vgen.tensor.Nearest;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;

/**
 * Checks jobs against the route that they want, before anything runs.
 *
 * @param folder the routes that there are
 * @param context of the stages: the packs that there are, the name of videos
 * @param camel where the routes run
 */
record JobCheck(RouteFolder folder, StageContext context, CamelContext camel) {

  private static final String PRESET = "preset";

  /** What only some routes take, and the steps that do. */
  private static final Map<String, List<String>> TAKERS = Map.of("image", List.of("image-anchor", "sparsectrl"),
      "images", List.of("retrieve"), "conditions", List.of("sparsectrl"), "prompts", List.of("prompt-travel"),
      "candidates", List.of("candidates"));

  /**
   * Checks a job.
   *
   * @throws BadJob if the route or the pack is unknown, or a parameter is unknown to the route or out of its range
   * @throws MissingPart if a step of the route is bound to lack something
   */
  void check(String route, Job job) {
    folder.pipeline(route);
    checkPack(job);
    List<Stage> stages = RouteStages.of(route, camel);
    checkParts(route, stages); // before the parameters: one may be that of the step that is missing
    Set<String> known = new TreeSet<>(Loras.names());
    known.add(PRESET);
    stages.forEach(stage -> stage.settings().forEach(setting -> known.addAll(setting.names())));
    for (String name : job.parameters().keySet()) {
      if (!known.contains(name)) {
        throw new BadJob("parameter '%s' of the job: no step of route '%s' has it%s".formatted(name, route,
            instead(name, known)));
      }
    }
    checkNetworks(job, stages);
    stages.forEach(stage -> stage.check(job, context, stages));
  }

  /** What somebody may have meant by a parameter that a route has not: another route, another name, one of all. */
  private String instead(String name, Set<String> known) {
    List<String> routes = folder.pipelinesWith(TAKERS.getOrDefault(name, List.of()));
    if (!routes.isEmpty()) {
      return "; it is for " + String.join(", ", routes);
    }
    List<String> ofSteps = known.stream().filter(one -> one.endsWith("." + name)).toList();
    if (!ofSteps.isEmpty()) {
      return ": did you mean '%s'?".formatted(String.join("' or '", ofSteps));
    }
    String hint = Nearest.hint(name, known);
    return hint.isEmpty() ? "; it has " + String.join(", ", known) : hint;
  }

  /**
   * Checks that every step of a route that is only steps of ours will find what it needs. Of other routes, and of steps
   * of somebody else's, it is not known what they make.
   *
   * @param stages those of the route
   * @throws MissingPart with the file and the line of the step that would not
   */
  void checkParts(String route, List<Stage> stages) {
    List<String> places = folder.places(route);
    Set<Part> there = EnumSet.noneOf(Part.class);
    for (int i = 0; i < stages.size() && places.size() == stages.size(); i++) {
      String stage = stages.get(i).name();
      Optional<StepParts> step = StepParts.named(stage);
      if (step.isEmpty()) {
        return;
      }
      Optional<Part> missing = step.get().missing(there);
      if (missing.isPresent()) {
        throw new MissingPart(places.get(i) + ": " + MissingPart.of(missing.get(), stage, there).getMessage());
      }
      there = step.get().after(there);
    }
  }

  /**
   * Checks a job from outside. It may name a pack, but no folder: where packs lie is for the owner to say.
   *
   * @param usual the model of jobs that name none, which may be a folder
   * @param files which pictures it may name
   * @param loras which low-rank updates it may name
   * @return the job with whole paths of those that it names
   */
  Job checkForeign(String route, Job job, String usual, ForeignFiles files, ForeignFiles loras) {
    List<String> packs = context.models().names();
    if (!job.model().equals(usual) && !packs.contains(job.model())) {
      throw new BadJob("model '%s' of the job: must be the name of a pack%s; there is %s".formatted(job.model(),
          Nearest.hint(job.model(), packs), String.join(", ", packs)));
    }
    folder.pipeline(route);
    Job resolved = Loras.moved(files.resolved(job, RouteStages.of(route, camel)), loras::resolve);
    check(route, resolved);
    return resolved;
  }

  /** A file that is cut would else be found when its step begins, after the work of those before it. */
  private void checkNetworks(Job job, List<Stage> stages) {
    PackDescription pack = context.models().describe(job.model());
    Set<Kind> kinds = stages.stream().flatMap(stage -> stage.networks(job, pack).stream()).collect(Collectors.toSet());
    try {
      context.models().requireSound(pack, kinds);
    } catch (PackException e) {
      throw new BadJob(e.getMessage(), e);
    }
  }

  private void checkPack(Job job) {
    try {
      context.models().describe(job.model()).preset(job.parameters().get(PRESET));
      Loras.check(job, context.models());
    } catch (PackException e) {
      throw new BadJob(e.getMessage(), e);
    }
  }
}
