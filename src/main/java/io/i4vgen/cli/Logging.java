// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

/** How much this program's log says; must be decided before the first message. */
final class Logging {

  private Logging() {}

  /** Everything with {@code debug}, else from {@code level} on. */
  static void configure(boolean debug, String level) {
    System.setProperty("I4VGEN_LOG", debug ? "DEBUG" : level);
  }
}
