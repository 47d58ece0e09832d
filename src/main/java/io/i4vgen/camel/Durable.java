// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerMessagePlugin;
import org.apache.activemq.artemis.core.transaction.Transaction;

/**
 * Writes every message to the journal, whether its sender asked for that or not: a STOMP client that leaves out
 * {@code persistent:true} would otherwise lose its prompt when the process dies.
 */
final class Durable implements ActiveMQServerMessagePlugin {

  @Override
  public void beforeSend(ServerSession session, Transaction transaction, Message message, boolean direct,
      boolean noAutoCreateQueue) {
    message.setDurable(true);
  }
}
