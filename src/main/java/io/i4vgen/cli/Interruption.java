// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import java.io.PrintWriter;

/**
 * While it is open, Ctrl-C ends the process at once: a step would otherwise go on for minutes, and there is nothing to
 * save, because no file is there before it is whole.
 */
final class Interruption implements AutoCloseable {

  /** What shells report for a program that Ctrl-C ended. */
  private static final int EXIT_CODE = 130;

  private final Thread hook;

  /** @param message what that means for the work */
  Interruption(PrintWriter screen, String message) {
    hook = new Thread(() -> {
      screen.printf("%ni4vgen: interrupted; %s%n", message);
      screen.flush();
      Runtime.getRuntime().halt(EXIT_CODE);
    });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the process is ending already: the hook has the last word
      Thread.currentThread().interrupt();
    }
  }
}
