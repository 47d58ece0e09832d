// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Engine;
import io.i4vgen.evaluate.Pipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A route that a command line wants beside others: {@code ROUTE[:PRESET][@MODEL]}.
 *
 * @param name in tables: a model's folder without the way to it
 * @param preset {@code null} for the model's own
 * @param model {@code null} for the usual one
 */
record Contender(String name, String route, String preset, String model) {

  static Contender parse(String text) {
    String[] nameAndModel = text.split("@", 2);
    String[] routeAndPreset = nameAndModel[0].split(":", 2);
    boolean hasModel = nameAndModel.length == 2;
    return new Contender(nameAndModel[0] + (hasModel ? "@" + Path.of(nameAndModel[1]).getFileName() : ""),
        routeAndPreset[0], routeAndPreset.length == 2 ? routeAndPreset[1] : null, hasModel ? nameAndModel[1] : null);
  }

  /** The routes that an engine has to start for all of them. */
  static Set<String> routes(List<Contender> all) {
    return all.stream().map(Contender::route).collect(Collectors.toCollection(TreeSet::new));
  }

  /** @param usual the model, if this names none; {@code null} for the route's */
  Pipeline pipeline(Engine engine, String usual) {
    return new Pipeline(name, engine.stages(route), model != null ? model : usual != null ? usual : engine.model(route),
        preset == null ? Map.of() : Map.of("preset", preset));
  }
}
