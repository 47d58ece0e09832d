// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

/** A stage was given a generation without what it needs; the message names the step that is missing before it. */
public final class MissingPart extends IllegalStateException {

  private static final long serialVersionUID = 1;

  public MissingPart(String message) {
    super(message);
  }
}
