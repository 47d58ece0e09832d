// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import java.util.Map;

/** How much this program's log says; must be decided before the first message. */
final class Logging {

  private static final String LEVEL = "I4VGEN_LOG";
  private static final String ROUTES = "I4VGEN_ROUTE_LOG";

  private Logging() {}

  /**
   * Everything with {@code debug}, else what the user says, else from {@code level} on.
   *
   * @param routes the level of what routes log themselves, if the user says none
   * @param environment the process's variables, of which {@code I4VGEN_LOG} says a level
   */
  static void configure(boolean debug, String level, String routes, Map<String, String> environment) {
    if (debug) {
      System.setProperty(LEVEL, "DEBUG");
    } else if (System.getProperty(LEVEL) == null && !environment.containsKey(LEVEL)) {
      System.setProperty(LEVEL, level);
      System.setProperty(ROUTES, routes);
    }
  }
}
