// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.model.Counts;
import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * Says what a process waits for that was told to stop, and ends it at once if it is told so again: whatever it is told
 * then, the Java runtime itself would not listen.
 *
 * @param jobs how many are running
 * @param patience how long they are waited for
 * @param networks what their cache has done
 */
record Stopping(IntSupplier jobs, Duration patience, Supplier<Counts> networks) implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Stopping.class);

  /** What shells add to the number of a signal that ended a program. */
  private static final int SIGNALLED = 128;

  @Override
  public void run() {
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(new Signal(name), signal -> Runtime.getRuntime().halt(SIGNALLED + signal.getNumber()));
    }
    System.err.println("i4vgen: " + text(jobs.getAsInt(), patience));
    Counts counts = networks.get();
    LOG.debug("networks: {} loaded, {} times found loaded, {} dropped", counts.loads(), counts.hits(),
        counts.evictions());
  }

  static String text(int jobs, Duration patience) {
    if (jobs == 0) {
      return "stopping";
    }
    return ("stopping: waits up to %d s for %d %s; what does not end is run again at the next start (it goes on at the"
        + " same step); a second Ctrl-C ends at once").formatted(patience.toSeconds(), jobs,
        jobs == 1 ? "job" : "jobs");
  }
}
