// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

/** A job was not run to its end because i4vgen is ending: nothing is wrong with it, the next start runs it again. */
public final class ShuttingDown extends IllegalStateException {

  private static final long serialVersionUID = 1;

  ShuttingDown(String message) {
    super(message);
  }

  ShuttingDown(String message, Throwable cause) {
    super(message, cause);
  }
}
