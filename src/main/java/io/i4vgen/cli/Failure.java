// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Causes;
import java.io.PrintWriter;

/** What a user sees when something went wrong: one line, and an exit code. */
final class Failure {

  private Failure() {}

  /** Reports {@code failure} in one line, or with its stack trace, and returns the exit code. */
  static int report(Exception failure, boolean trace, PrintWriter err) {
    err.println("i4vgen: " + Causes.message(failure));
    if (trace) {
      failure.printStackTrace(err);
    }
    err.flush();
    return Causes.isBadJob(failure) ? 2 : 1;
  }
}
