// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.ActiveMQSecurityException;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerMessagePlugin;
import org.apache.activemq.artemis.core.transaction.Transaction;

/** Lets no client manage the broker by messages, with a password or without: whoever may send jobs may do no more. */
record Unmanaged(SimpleString address) implements ActiveMQServerMessagePlugin {

  @Override
  public void beforeSend(ServerSession session, Transaction transaction, Message message, boolean direct,
      boolean noAutoCreateQueue) throws ActiveMQException {
    if (address.equals(message.getAddressSimpleString())) {
      throw new ActiveMQSecurityException("nobody may send to " + address);
    }
  }
}
