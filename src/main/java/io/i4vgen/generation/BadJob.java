// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

/** A job, or an option of a stage, that can't be run as it is written; the message says what to change, and where. */
public final class BadJob extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  public BadJob(String message) {
    super(message);
  }

  public BadJob(String message, Throwable cause) {
    super(message, cause);
  }
}
