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
 * property, which its copies share, and which closes what it owns when all are complete that it knows of. A
 * {@code wireTap} or an {@code aggregate} may begin when the original is complete, and so must not use the generation:
 * put {@code convertBodyTo: byte[]} before it.
 *
 * <p>A branch that nobody waits for any more, such as one of a {@code multicast} with a {@code timeout}, may be in a
 * stage then. The memory is closed when that stage ends, and no other begins in it.
 */
final class OpenGenerations implements AutoCloseable {

  private static final String OWNER = "i4vgen.owner";

  private final Map<NDManager, Used> open = new ConcurrentHashMap<>();

  /** A generation, whose memory stays while stages are at work in it. */
  private static final class Used {

    private final Generation generation;
    private int stages;
    private boolean ended;

    Used(Generation generation) {
      this.generation = generation;
    }

    synchronized boolean enter() {
      if (!ended) {
        stages++;
      }
      return !ended;
    }

    /** Whether the memory is now to be closed. */
    synchronized boolean leave() {
      stages--;
      return ended && stages == 0;
    }

    /** Lets no other stage begin; whether the memory is now to be closed. */
    synchronized boolean end() {
      boolean first = !ended;
      ended = true;
      return first && stages == 0;
    }
  }

  /** What gives every exchange its owner. */
  RoutePolicyFactory policy() {
    RoutePolicy policy = new RoutePolicySupport() {
      @Override
      public void onExchangeBegin(Route route, Exchange exchange) {
        Owner owner = exchange.getProperty(OWNER, Owner.class);
        if (owner == null || !owner.joins(exchange)) {
          Owner next = new Owner();
          next.joins(exchange);
          exchange.setProperty(OWNER, next);
        }
      }
    };
    return (CamelContext context, String route, NamedNode node) -> policy;
  }

  /** Closes {@code generation}, or what has become of it, when the exchange is complete that {@code exchange} is of. */
  void own(Generation generation, Exchange exchange) {
    if (add(generation)) {
      Owner owner = exchange.getProperty(OWNER, Owner.class);
      if (owner == null || !owner.takes(generation, exchange)) {
        new Owner().takes(generation, exchange);
      }
    }
  }

  /** Takes note of {@code generation}; false if it or an earlier form of it is known. */
  boolean add(Generation generation) {
    return open.putIfAbsent(generation.memory(), new Used(generation)) == null;
  }

  /**
   * Keeps the memory of {@code generation} for a stage, until it {@linkplain #leave leaves}.
   *
   * @return false if its job has ended
   */
  boolean enter(Generation generation) {
    Used used = open.get(generation.memory());
    return used != null && generation.memory().isOpen() && used.enter();
  }

  void leave(Generation generation) {
    Used used = open.get(generation.memory());
    if (used.leave()) {
      free(used);
    }
  }

  /** Frees the memory of {@code generation}, at the latest when the last stage leaves it. */
  void close(Generation generation) {
    Used used = open.get(generation.memory());
    if (used != null) {
      end(used);
    }
  }

  private void end(Used used) {
    if (used.end()) {
      free(used);
    }
  }

  private void free(Used used) {
    try {
      used.generation.close();
    } finally {
      open.remove(used.generation.memory());
    }
  }

  int count() {
    return open.size();
  }

  @Override
  public void close() {
    open.values().forEach(this::end);
  }

  /** Closes its generations when its exchange is complete, and all copies of it that have joined. */
  private final class Owner extends SynchronizationAdapter {

    private final List<Generation> mine = new ArrayList<>();
    private int exchanges;
    private boolean done;

    /** A copy without a unit of work is never complete, but within another exchange. False if all were before. */
    synchronized boolean joins(Exchange exchange) {
      boolean counts = exchanges == 0 || exchange.getUnitOfWork() != null;
      if (!done && counts && !exchange.getExchangeExtension().containsOnCompletion(this)) {
        exchange.getExchangeExtension().addOnCompletion(this);
        exchanges++;
      }
      return !done;
    }

    synchronized boolean takes(Generation generation, Exchange exchange) {
      return joins(exchange) && mine.add(generation);
    }

    @Override
    public synchronized void onDone(Exchange exchange) {
      exchanges--;
      if (exchanges == 0) {
        done = true;
        mine.forEach(OpenGenerations.this::close);
      }
    }
  }
}
