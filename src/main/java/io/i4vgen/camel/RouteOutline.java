// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.nio.file.Path;
import java.util.List;

/**
 * A route as it stands in its file.
 *
 * @param id what it is called by
 * @param description what it says of itself
 * @param uri what it takes its jobs from: {@code direct:ID} if it is a pipeline
 * @param file where it stands
 * @param steps those of its steps that are Kamelets with a file, in their order
 */
public record RouteOutline(String id, String description, String uri, Path file, List<Kamelet> steps) {

  /** Whether it makes videos of jobs that are given to it, and does not fetch them from elsewhere. */
  public boolean isPipeline() {
    return uri.equals("direct:" + id);
  }
}
