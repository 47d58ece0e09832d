// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Generation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * The generations whose tensors are in memory. Each is closed once: when the exchange that began its route is complete,
 * failed or not, or at shutdown, because a forced one never completes its exchanges.
 *
 * <p>Camel runs a Kamelet, and each branch of a {@code split} or {@code multicast}, on a copy of the exchange, which is
 * complete long before the job is. So an exchange is given an owner of generations when it enters its first route, as a
 * property, which its copies share. A {@code wireTap} goes on when the original is complete, and so must not use the
 * generation: put {@code convertBodyTo: byte[]} before it.
 */
final class OpenGenerations implements AutoCloseable {

  private static final String OWNER = "i4vgen.owner";

  private final Map<NDManager, Generation> open = new ConcurrentHashMap<>();

  /** What gives every exchange its owner. */
  RoutePolicyFactory policy() {
    RoutePolicy policy = new RoutePolicySupport() {
      @Override
      public void onExchangeBegin(Route route, Exchange exchange) {
        if (exchange.getProperty(OWNER) == null) {
          exchange.setProperty(OWNER, ownerOf(exchange));
        }
      }
    };
    return (CamelContext context, String route, NamedNode node) -> policy;
  }

  private Owner ownerOf(Exchange exchange) {
    Owner owner = new Owner();
    exchange.getExchangeExtension().addOnCompletion(owner);
    return owner;
  }

  /** Closes {@code generation}, or what has become of it, when the exchange is complete that {@code exchange} is of. */
  void own(Generation generation, Exchange exchange) {
    if (add(generation)) {
      Owner owner = exchange.getProperty(OWNER, Owner.class);
      if (owner == null || !owner.takes(generation)) {
        ownerOf(exchange).takes(generation);
      }
    }
  }

  /** Takes note of {@code generation}; false if it or an earlier form of it is known. */
  boolean add(Generation generation) {
    return open.putIfAbsent(generation.memory(), generation) == null;
  }

  void close(Generation generation) {
    if (open.remove(generation.memory()) != null) {
      generation.close();
    }
  }

  int count() {
    return open.size();
  }

  @Override
  public void close() {
    open.values().forEach(this::close);
  }

  /** Closes its generations when its exchange is complete. */
  private final class Owner extends SynchronizationAdapter {

    private final List<Generation> mine = new ArrayList<>();
    private boolean done;

    synchronized boolean takes(Generation generation) {
      return !done && mine.add(generation);
    }

    @Override
    public synchronized void onDone(Exchange exchange) {
      done = true;
      mine.forEach(OpenGenerations.this::close);
    }
  }
}
