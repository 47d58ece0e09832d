// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import java.util.Set;

/** A stage is given a generation without what it needs; the message names the step that is missing before it. */
public final class MissingPart extends IllegalStateException {

  private static final long serialVersionUID = 1;

  public MissingPart(String message) {
    super(message);
  }

  /**
   * Names the steps that could make it.
   *
   * @param stage which needs {@code part}
   * @param there the parts that it is given
   */
  public static MissingPart of(Part part, String stage, Set<Part> there) {
    return new MissingPart(
        "i4vgen-%s-action needs '%s', which nothing before it has made: put %s before it in the route".formatted(
            stage, part.key(), StepParts.makers(part, stage, there)));
  }
}
