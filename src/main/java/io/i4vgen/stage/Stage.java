// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Kind;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import java.util.List;
import java.util.Set;

/**
 * One step of a pipeline. A stage keeps no state between jobs; what it needs beyond the generation comes with the
 * context. Options are checked when it is made, so that a route with a bad one never starts.
 */
public interface Stage {

  /** Its name in progress lines, option names and Kamelets: {@code ni-vsds}. */
  String name();

  /** Its options. */
  List<Setting<?>> settings();

  /**
   * The networks that it uses, if the job's pack has them; but for those that every pack has.
   *
   * @throws io.i4vgen.generation.BadJob if one of the job's parameters is out of range for this stage
   */
  default Set<Kind> networks(Job job, PackDescription pack) {
    return Set.of();
  }

  /**
   * Checks a job before anything runs.
   *
   * @throws io.i4vgen.generation.BadJob if one of its parameters is out of range for this stage or the job's pack
   */
  default void check(Job job, Models models) {
    settings().forEach(setting -> setting.check(job));
  }

  /**
   * Checks a job for a step of a route.
   *
   * @param route all steps, in their order
   * @throws io.i4vgen.generation.BadJob if the other steps leave this one no way to do its work, too
   */
  default void check(Job job, Models models, List<Stage> route) {
    check(job, models);
  }

  /**
   * Checks a job for a step of a route as it is going to run.
   *
   * @param context with which the steps will run
   * @throws io.i4vgen.generation.BadJob if what the route's owner has set leaves this step no way to do it, too
   */
  default void check(Job job, StageContext context, List<Stage> route) {
    check(job, context.models(), route);
  }

  /**
   * Does the step's work. Whatever the stage makes natively dies when it returns, but for what it puts into the
   * generation.
   *
   * @throws io.i4vgen.generation.MissingPart if an earlier step has not been run
   * @throws io.i4vgen.generation.BadJob if one of the job's parameters is out of range
   */
  Generation run(Generation in, StageContext context);
}
