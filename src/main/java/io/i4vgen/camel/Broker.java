// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.postoffice.QueueBinding;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.ActiveMQServers;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;

/**
 * The embedded message broker, Artemis. Its journal lies on disk, so that a message outlives the process; a message
 * whose job failed comes again after a delay, and after the last attempt goes to the dead queue. It listens to nobody
 * outside the process, unless {@link Key#BROKER_TCP} says where.
 */
final class Broker implements AutoCloseable {

  private static final String ROLE = "i4vgen";
  private static final long LOCK_MILLIS = 2000;
  /** How long a STOMP client without heart-beats may wait in silence for its video; else it is cut off in a minute. */
  private static final Duration SILENCE = Duration.ofHours(2);
  private static final int JOURNAL_BYTES = 2 << 20;
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final ActiveMQServer server;
  private final SparedAttempts spared;

  private Broker(ActiveMQServer server, SparedAttempts spared) {
    this.server = server;
    this.spared = spared;
  }

  static boolean isEmbedded(Configuration configuration) {
    return configuration.get(Key.BROKER_URL).startsWith("vm:");
  }

  /**
   * Starts the broker.
   *
   * @throws BadJob if the state folder or the port is in use, or others could reach the broker without a password
   */
  static Broker start(Configuration configuration) throws Exception {
    ActiveMQJAASSecurityManager accounts = isSecured(configuration)
        ? new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), account(configuration)) : null;
    SparedAttempts spared = new SparedAttempts();
    ConfigurationImpl configured = configured(configuration);
    configured.registerBrokerPlugin(spared);
    Broker broker = new Broker(ActiveMQServers.newActiveMQServer(configured, null, accounts), spared);
    try {
      broker.activate(configuration);
      return broker;
    } catch (Exception e) {
      broker.closeAfter(e);
      throw e;
    }
  }

  /** The server only logs why it can't start, and tells its listeners. */
  private void activate(Configuration configuration) throws Exception {
    AtomicReference<Exception> failure = new AtomicReference<>();
    server.registerActivationFailureListener(failure::set);
    server.start();
    if (failure.get() == null && server.waitForActivation(LOCK_MILLIS, TimeUnit.MILLISECONDS)) {
      return;
    }
    throw refusal(configuration, failure.get());
  }

  private static BadJob refusal(Configuration configuration, Exception failure) {
    if (String.valueOf(failure).contains("Failed to bind acceptor")) {
      return new BadJob("%s is '%s': another program listens there, or the address is not this machine's".formatted(
          Key.BROKER_TCP.key(), configuration.get(Key.BROKER_TCP)), failure);
    }
    String cause = failure == null ? "it does not answer" : Causes.message(failure);
    return new BadJob("the broker can't start with its journal in %s: %s. Is another 'serve' running? Set another %s"
        .formatted(configuration.folder(Key.STATE), cause, Key.STATE.key()), failure);
  }

  private void closeAfter(Exception failure) {
    try {
      server.stop();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  private static ConfigurationImpl configured(Configuration from) throws Exception {
    Path folder = StateFolder.of(from).broker();
    ConfigurationImpl to = new ConfigurationImpl();
    to.setPersistenceEnabled(true);
    to.setJournalDirectory(folder.resolve("journal").toString());
    to.setBindingsDirectory(folder.resolve("bindings").toString());
    to.setLargeMessagesDirectory(folder.resolve("large").toString());
    to.setPagingDirectory(folder.resolve("paging").toString());
    to.setJournalType(JournalType.NIO);
    to.setJournalFileSize(JOURNAL_BYTES);
    to.setJournalMinFiles(2);
    to.setJournalLockAcquisitionTimeout(LOCK_MILLIS);
    to.setJMXManagementEnabled(false);
    to.setSecurityEnabled(isSecured(from));
    to.putSecurityRoles("#", Set.of(new Role(ROLE, true, true, true, true, true, true, false, true, true, true)));
    to.addAcceptorConfiguration("in-vm", from.get(Key.BROKER_URL));
    to.registerBrokerPlugin(new Durable());
    to.registerBrokerPlugin(new Unmanaged(to.getManagementAddress()));
    acceptor(from, to);
    to.addAddressSetting("#", addresses(from));
    for (Key queue : List.of(Key.QUEUE_PROMPTS, Key.QUEUE_VIDEOS, Key.QUEUE_DEAD)) {
      to.addQueueConfiguration(QueueConfiguration.of(from.get(queue)).setRoutingType(RoutingType.ANYCAST));
    }
    return to;
  }

  private static void acceptor(Configuration from, ConfigurationImpl to) throws Exception {
    String address = from.get(Key.BROKER_TCP);
    if (address.equals("off")) {
      return;
    }
    String host = address.substring(0, address.lastIndexOf(':'));
    if (!LOOPBACK.contains(host) && !isSecured(from)) {
      throw new BadJob("%s is '%s', which other machines can reach: set %s and %s too, or use 127.0.0.1".formatted(
          Key.BROKER_TCP.key(), address, Key.BROKER_USER.key(), Key.BROKER_PASSWORD.key()));
    }
    to.addAcceptorConfiguration("tcp", "tcp://" + address + "?protocols=CORE,STOMP&anycastPrefix=/queue/&connectionTtl="
        + SILENCE.toMillis());
  }

  private static AddressSettings addresses(Configuration from) {
    int attempts = from.number(Key.QUEUE_ATTEMPTS);
    SimpleString dead = SimpleString.of(from.get(Key.QUEUE_DEAD));
    return new AddressSettings().setDeadLetterAddress(dead).setAutoCreateDeadLetterResources(false)
        .setAutoCreateQueues(true).setAutoCreateAddresses(true).setAutoDeleteQueues(false).setAutoDeleteAddresses(false)
        .setMaxDeliveryAttempts(attempts).setRedeliveryDelay(from.seconds(Key.QUEUE_DELAY).toMillis())
        .setRedeliveryMultiplier(2).setDefaultConsumerWindowSize(0)
        .setDefaultAddressRoutingType(RoutingType.ANYCAST).setDefaultQueueRoutingType(RoutingType.ANYCAST);
  }

  private static boolean isSecured(Configuration configuration) {
    return !configuration.get(Key.BROKER_USER).isEmpty() && !configuration.get(Key.BROKER_PASSWORD).isEmpty();
  }

  private static SecurityConfiguration account(Configuration configuration) {
    String user = configuration.get(Key.BROKER_USER);
    Map<String, String> users = new HashMap<>(Map.of(user, configuration.get(Key.BROKER_PASSWORD)));
    return new SecurityConfiguration(users, new HashMap<>(Map.of(user, List.of(ROLE))));
  }

  /** The process has been told to end: attempts that this interrupts do not count. */
  void spareAttempts() {
    spared.begin(server.getPostOffice().getAllBindings().filter(QueueBinding.class::isInstance)
        .map(binding -> ((QueueBinding) binding).getQueue()));
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }
}
