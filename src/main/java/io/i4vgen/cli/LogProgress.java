// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line in the log for every step that is done. */
final class LogProgress implements Progress {

  private static final Logger LOG = LoggerFactory.getLogger(LogProgress.class);

  @Override
  public void resumed(Job job, String stage) {
    LOG.info("{}  goes on after {}, where it was interrupted", job.id(), stage);
  }

  @Override
  public void finished(Generation result, String stage, Duration time) {
    String about = stage.equals("select-anchor") ? ": " + ConsoleProgress.anchor(result) : "";
    LOG.info("{}  {} done in {} ms{}", result.job().id(), stage, time.toMillis(), about);
  }

  @Override
  public void warned(Job job, String message) {
    LOG.warn("{}  {}", job.id(), message);
  }
}
