// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.activemq.artemis.core.server.MessageReference;
import org.apache.activemq.artemis.core.server.Queue;
import org.apache.activemq.artemis.core.server.ServerConsumer;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerMessagePlugin;

/**
 * Takes back the attempts that the end of the broker's own process interrupts: a message whose job it stops comes again
 * after the next start as if it had not been delivered this time. So does one whose job fails by itself while the
 * process ends; one over which the process dies counts, see {@link Attempts}.
 */
final class SparedAttempts implements ActiveMQServerMessagePlugin {

  private final Set<MessageReference> spared = ConcurrentHashMap.newKeySet();
  private volatile boolean ending;

  /** The end begins: what is under way does not count, nor does what is delivered from now on. */
  void begin(Stream<Queue> queues) {
    ending = true;
    queues.flatMap(queue -> queue.getDeliveringMessages().values().stream()).flatMap(List::stream)
        .forEach(this::spare);
  }

  @Override
  public void afterDeliver(ServerConsumer consumer, MessageReference reference) {
    if (ending) {
      spare(reference);
    }
  }

  private void spare(MessageReference reference) {
    if (spared.add(reference)) {
      reference.decrementDeliveryCount();
    }
  }
}
