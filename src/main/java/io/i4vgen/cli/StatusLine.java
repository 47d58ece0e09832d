// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import java.io.PrintWriter;

/**
 * Lines of which a terminal sees the last one change; elsewhere there are finished lines only.
 *
 * @param terminal whether somebody watches
 */
record StatusLine(PrintWriter out, boolean terminal) {

  private static final String CLEAR = "\r\u001b[K";

  /** As the launcher says, which knows what the error output is. */
  static StatusLine of(PrintWriter out) {
    return new StatusLine(out, Boolean.getBoolean("i4vgen.terminal"));
  }

  /** Puts a text in the place of what the line has; it stays unfinished. */
  void redraw(String text) {
    if (terminal) {
      out.print(CLEAR + text);
      out.flush();
    }
  }

  /** Puts a text in its place and finishes it. */
  void finish(String text) {
    out.println((terminal ? CLEAR : "") + text);
    out.flush();
  }
}
