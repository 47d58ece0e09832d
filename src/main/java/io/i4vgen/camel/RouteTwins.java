// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Finds two routes of one id, of which Camel would run the last without a word, and two that take the same jobs. */
final class RouteTwins {

  private static final String DIRECT = "direct:";

  private RouteTwins() {}

  /** @throws BadJob naming both places */
  static void refuse(List<RouteFile> files) {
    refuse(files, RouteHead::id, RouteHead::idLine,
        "id '%s' is in %s and in %s: give one of them another id (and another direct: uri)");
    refuse(files, head -> head.uri().startsWith(DIRECT) ? head.uri().split("\\?")[0] : "", RouteHead::uriLine,
        "two routes begin with '%s', in %s and in %s: give one of them another uri");
  }

  private static void refuse(List<RouteFile> files, Function<RouteHead, String> name,
      Function<RouteHead, Integer> line, String message) {
    Map<String, String> places = new HashMap<>();
    for (RouteFile file : files) {
      for (RouteHead head : file.heads()) {
        String place = file.file() + ":" + line.apply(head);
        String other = name.apply(head).isEmpty() ? null : places.put(name.apply(head), place);
        if (other != null) {
          throw new BadJob(message.formatted(name.apply(head), other, place));
        }
      }
    }
  }
}
