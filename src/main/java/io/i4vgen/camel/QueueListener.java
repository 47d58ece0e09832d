// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import jakarta.jms.JMSException;
import jakarta.jms.Session;
import org.apache.camel.component.jms.DefaultJmsMessageListenerContainer;
import org.apache.camel.component.jms.JmsEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Camel's listener to a queue, for a process that ends while a job of it runs: when a shutdown waits no longer, the
 * embedded broker goes before the job does. Then nobody is there to give the message back to, and nobody needs to be:
 * what was not committed the broker still has.
 */
final class QueueListener extends DefaultJmsMessageListenerContainer {

  private static final Logger LOG = LoggerFactory.getLogger(QueueListener.class);

  QueueListener(JmsEndpoint endpoint) {
    super(endpoint);
  }

  /** Spring's own reports it as an error if that fails, also of a listener that has been told to end. */
  @Override
  protected void rollbackOnExceptionIfNecessary(Session session, Throwable failure) throws JMSException {
    if (isActive() || !session.getTransacted()) {
      super.rollbackOnExceptionIfNecessary(session, failure);
      return;
    }
    try {
      session.rollback();
    } catch (JMSException e) {
      LOG.debug("the broker has ended before a job, and keeps its message", e);
    }
  }
}
