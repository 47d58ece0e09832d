// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import java.util.Collection;
import java.util.Optional;

/** A route could not start, or a step of it failed; the message is the useful one of a long chain. */
public final class RouteFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private RouteFailure(String message, Throwable cause) {
    super(message, cause);
  }

  /** What is at the root of {@code failure}, if that is ours; otherwise a route failure that explains it. */
  static RuntimeException of(Throwable failure) {
    return Causes.root(failure) instanceof RuntimeException root && Causes.isOurs(root) ? root
        : new RouteFailure(Causes.message(failure), failure);
  }

  /** The same, for routes that did not start, with the file and the line in the message where they can be found. */
  static RuntimeException atStart(Throwable failure, Collection<RouteFile> files) {
    Optional<String> mistake = RouteMistake.of(failure);
    if (mistake.isPresent()) {
      return new BadJob(mistake.get(), failure);
    }
    String place = RoutePlace.of(failure, files);
    Optional<String> component = RouteMistake.component(failure);
    if (component.isPresent()) {
      return new BadJob(place + component.get(), failure);
    } else if (place.isEmpty()) {
      return of(failure);
    }
    String message = place + Causes.message(failure);
    return Causes.isBadJob(failure) ? new BadJob(message, failure) : new RouteFailure(message, failure);
  }
}
