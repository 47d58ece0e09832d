// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.stage.Stage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.EndpointAware;
import org.apache.camel.Navigate;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.component.kamelet.KameletEndpoint;

/** Walks a started route, through its Kamelets and the routes it calls, and lists the stages in their order. */
final class RouteStages {

  private final CamelContext context;
  private final Set<String> seen = new HashSet<>();
  private final List<Stage> stages = new ArrayList<>();

  private RouteStages(CamelContext context) {
    this.context = context;
  }

  static List<Stage> of(String route, CamelContext context) {
    RouteStages walk = new RouteStages(context);
    walk.route(route);
    return List.copyOf(walk.stages);
  }

  private void route(String id) {
    Route route = id == null ? null : context.getRoute(id);
    if (route != null && seen.add(id)) {
      walk(route.navigate());
    }
  }

  private void walk(Navigate<Processor> node) {
    if (!node.hasNext()) {
      return;
    }
    for (Processor next : node.next()) {
      if (next instanceof StageProcessor step) {
        stages.add(step.stage());
      } else if (next instanceof EndpointAware call) {
        endpoint(call.getEndpoint());
      }
      if (next instanceof Navigate<?> inner) {
        walk(processors(inner));
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Navigate<Processor> processors(Navigate<?> inner) {
    return (Navigate<Processor>) inner;
  }

  private void endpoint(Endpoint endpoint) {
    if (endpoint instanceof KameletEndpoint kamelet) {
      route(kamelet.getRouteId());
    } else if (endpoint != null) {
      context.getRoutes().stream().filter(route -> takes(route, endpoint)).map(Route::getRouteId)
          .filter(Objects::nonNull).findFirst().ifPresent(this::route);
    }
  }

  private static boolean takes(Route route, Endpoint endpoint) {
    Consumer consumer = route.getConsumer();
    return consumer != null && consumer.getEndpoint().getEndpointUri().equals(endpoint.getEndpointUri());
  }
}
