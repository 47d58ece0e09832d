// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Set;

/** Prints what a user should know, once for all of many videos, and nothing of how they get on. */
final class Warnings implements Progress {

  private final PrintWriter screen;
  private final Set<String> said = new HashSet<>();

  Warnings(PrintWriter screen) {
    this.screen = screen;
  }

  @Override
  public void warned(Job job, String message) {
    if (said.add(message)) {
      screen.println("  warning: " + message);
      screen.flush();
    }
  }
}
