// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.diffusion.StepListener;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import java.nio.file.Path;

/**
 * What a stage may use beside its generation.
 *
 * @param models the networks, loaded once for all jobs
 * @param progress is told how it gets on
 * @param output where videos go whose route says no other: a path in which {@code {id}} stands for the job's id
 */
public record StageContext(Models models, Progress progress, Path output) {

  /** Passes a loop's steps on to the progress. */
  StepListener steps(Job job, String stage) {
    return (step, steps, timestep, latent) -> progress.advanced(job, stage, step, steps);
  }

  /** Passes the calls of the job's UNet on to the progress. */
  PromptedUnet.Calls calls(Job job) {
    return motion -> progress.predicted(job, motion);
  }

  /** The pack that the job names, with the low-rank updates that it asks for. */
  public PackDescription pack(Generation generation) {
    return Loras.applied(generation.job(), models.describe(generation.job().model()), models);
  }
}
