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
 * @param kamelets the names of the Kamelets that it calls, in their order
 */
public record RouteOutline(String id, String description, String uri, Path file, List<String> kamelets) {

  /** Whether it makes videos of jobs that are given to it, and does not fetch them from elsewhere. */
  public boolean isPipeline() {
    return uri.equals("direct:" + id);
  }
}
