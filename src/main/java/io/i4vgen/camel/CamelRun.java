// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import jakarta.jms.ConnectionFactory;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.component.jms.ConsumerType;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.jms.JmsConfiguration;
import org.apache.camel.component.jms.JmsHeaderFilterStrategy;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.main.Main;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.PropertyBindingSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Camel with some route files, started. */
final class CamelRun implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CamelRun.class);
  /** What Camel itself may need to stop, seconds. */
  private static final int MOMENT = 5;

  /** What the log calls the steps {@code log} of a route: Camel would call them by a file's path and a line. */
  private static final String LOG_NAME = "io.i4vgen.route.${routeId}";

  private final Main main = new Main();
  private final Deadline deadline;

  private CamelRun(Deadline deadline) {
    this.deadline = deadline;
  }

  /**
   * Starts the routes.
   *
   * @param deadline until when the end waits for what is under way
   * @param prepare binds what they refer to
   * @throws Exception what Camel says of a route that it can't start, wrapped many times
   */
  static CamelRun start(Configuration configuration, Collection<RouteFile> files, Deadline deadline,
      Consumer<CamelContext> prepare) throws Exception {
    CamelRun run = new CamelRun(deadline);
    try {
      run.configure(configuration);
      run.main.init();
      CamelContext context = run.context();
      settle(context);
      context.getGlobalOptions().put(Exchange.LOG_EIP_NAME, LOG_NAME);
      context.getComponent("kamelet", KameletComponent.class).setLocation("file:" + configuration.kamelets());
      prepare.accept(context);
      run.load(files);
      run.main.start();
      return run;
    } catch (Exception e) {
      run.main.stop();
      throw e;
    }
  }

  CamelContext context() {
    return main.getCamelContext();
  }

  private void configure(Configuration configuration) {
    configuration.properties().forEach(main::addOverrideProperty);
    main.setDefaultPropertyPlaceholderLocation("false");
    main.configure().withName("i4vgen").withRoutesIncludePattern("false").withSourceLocationEnabled(true)
        .withShutdownTimeout(Math.max(1, configuration.number(Key.SHUTDOWN)));
  }

  /** The settings are settled: Camel would look into the environment again, and find paths that are still relative. */
  private static void settle(CamelContext context) {
    for (String mode : List.of("environmentVariableMode", "systemPropertiesMode")) {
      PropertyBindingSupport.build().bind(context, context.getPropertiesComponent(), mode, 0);
    }
  }

  private void load(Collection<RouteFile> files) throws Exception {
    for (RouteFile file : files) {
      Resource resource = PluginHelper.getResourceLoader(context()).resolveResource("file:" + file.file());
      PluginHelper.getRoutesLoader(context()).loadRoutes(resource);
    }
  }

  /**
   * The {@code jms:} component: sessions are transacted, so that a job's message is gone only when its result is there,
   * and no header of a message can pass for one of Camel's own, however it is spelt.
   */
  static JmsComponent jms(Configuration configuration) {
    JmsConfiguration jms = new JmsConfiguration();
    jms.setConnectionFactory(connections(configuration));
    jms.setTransacted(true);
    jms.setLazyCreateTransactionManager(false);
    jms.setCacheLevelName("CACHE_CONSUMER");
    jms.setConsumerType(ConsumerType.Custom);
    jms.setMessageListenerContainerFactory(QueueListener::new);
    JmsComponent component = new JmsComponent(jms);
    JmsHeaderFilterStrategy strict = new JmsHeaderFilterStrategy();
    strict.setLowerCase(true);
    component.setHeaderFilterStrategy(strict);
    return component;
  }

  private static ConnectionFactory connections(Configuration configuration) {
    ActiveMQConnectionFactory connections = new ActiveMQConnectionFactory(configuration.get(Key.BROKER_URL));
    connections.setDeserializationDenyList("*");
    if (!configuration.get(Key.BROKER_USER).isEmpty()) {
      connections.setUser(configuration.get(Key.BROKER_USER));
      connections.setPassword(configuration.get(Key.BROKER_PASSWORD));
    }
    return connections;
  }

  /**
   * Waits for the messages that are under way, and stops. Camel's own wait ends at the deadline, but that of the JMS
   * listener ends when its message does: it is left alone then, and what is closed next ends it.
   */
  @Override
  public void close() throws Exception {
    FutureTask<Void> stop = new FutureTask<>(main::stop, null);
    Thread thread = new Thread(stop, "i4vgen stop");
    thread.setDaemon(true);
    thread.start();
    try {
      stop.get(deadline.left().plusSeconds(MOMENT).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.debug("Camel has not stopped in time: a step is still running", e);
    }
  }
}
