// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import java.time.Duration;
import java.util.List;

/** Is told how a job gets on. Called on the thread that runs the stage. */
public interface Progress {

  /** The job goes on after {@code stage}: a process that ran it before was ended there. */
  default void resumed(Job job, String stage) {}

  default void started(Job job, String stage) {}

  /** {@code done} of {@code total} steps of the stage are behind it. */
  default void advanced(Job job, String stage, int done, int total) {}

  /** The job's UNet was called once: for images or, with its motion modules, for a video (the paper's Table 4). */
  default void predicted(Job job, boolean motion) {}

  default void finished(Generation result, String stage, Duration time) {}

  /** Something a user should know that does not stop the job. */
  default void warned(Job job, String message) {}

  /** Tells each of {@code listeners}, in their order. */
  static Progress all(List<Progress> listeners) {
    List<Progress> told = List.copyOf(listeners);
    return new Progress() {
      @Override
      public void resumed(Job job, String stage) {
        told.forEach(one -> one.resumed(job, stage));
      }

      @Override
      public void started(Job job, String stage) {
        told.forEach(one -> one.started(job, stage));
      }

      @Override
      public void advanced(Job job, String stage, int done, int total) {
        told.forEach(one -> one.advanced(job, stage, done, total));
      }

      @Override
      public void predicted(Job job, boolean motion) {
        told.forEach(one -> one.predicted(job, motion));
      }

      @Override
      public void finished(Generation result, String stage, Duration time) {
        told.forEach(one -> one.finished(result, stage, time));
      }

      @Override
      public void warned(Job job, String message) {
        told.forEach(one -> one.warned(job, message));
      }
    };
  }
}
