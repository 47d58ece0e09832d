// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.JMSSecurityRuntimeException;
import jakarta.jms.TextMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerTest {

  @TempDir
  Path folder;

  @TempDir
  Path other;

  private Home home(int port) throws IOException {
    return Home.in(folder).set("i4vgen.broker.url", "vm://9").set("i4vgen.broker.tcp", "127.0.0.1:" + port);
  }

  private static ActiveMQConnectionFactory connections(int port) {
    return new ActiveMQConnectionFactory("tcp://127.0.0.1:" + port);
  }

  @Test
  void letsNobodyInWithoutThePasswordIfThereIsOne() throws Exception {
    int port = QueueTest.freePort();
    Home home = home(port).set("i4vgen.broker.user", "me").set("i4vgen.broker.password", "secret");
    try (Engine engine = home.start("queue", "i4vgen")) {
      assertThatThrownBy(() -> connections(port).createContext().start())
          .isInstanceOf(JMSSecurityRuntimeException.class);
      assertThatThrownBy(() -> connections(port).createContext("me", "wrong").start())
          .isInstanceOf(JMSSecurityRuntimeException.class);
      try (JMSContext client = connections(port).createContext("me", "secret")) {
        assertThat(answers(client, "a star")).singleElement().asString().contains("\"done\"");
      }
      Wait.until(() -> engine.open() == 0);
    }
  }

  @Test
  void listensToNobodyUnlessItIsToldTo() throws Exception {
    int port = QueueTest.freePort();
    Home home = home(port).set("i4vgen.broker.tcp", "off");
    try (Engine engine = home.start("queue", "i4vgen")) {
      assertThat(engine.pipelines()).contains("i4vgen");
      assertThatThrownBy(() -> connections(port).createContext().start()).isInstanceOf(JMSRuntimeException.class);
    }
  }

  @Test
  void isManagedByNobodyWhoMaySendJobs() throws Exception {
    int port = QueueTest.freePort();
    try (Engine engine = home(port).start("queue", "i4vgen"); JMSContext client = connections(port).createContext();
        StompClient stomp = new StompClient(port)) {
      stomp.send("SEND\ndestination:activemq.management\nreceipt:1\n_AMQ_ResourceName:queue.i4vgen.videos\n"
          + "_AMQ_OperationName:pause\n\n[]");
      assertThat(stomp.receive()).startsWith("ERROR");
      assertThatThrownBy(() -> client.createProducer().send(client.createQueue("activemq.management"), "[]"))
          .hasMessageContaining("nobody may send to activemq.management");
      assertThat(answers(client, "a star")).singleElement().asString().contains("\"done\"");
      assertThat(engine.pipelines()).contains("i4vgen");
    }
  }

  @Test
  void isNotOpenedToOtherMachinesWithoutAPassword() throws Exception {
    Home home = home(0).set("i4vgen.broker.tcp", "0.0.0.0:61616");
    assertThatThrownBy(() -> home.start("queue", "i4vgen")).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("i4vgen.broker.tcp is '0.0.0.0:61616', which other machines can reach");
  }

  @Test
  void saysThatItsPortIsTaken() throws Exception {
    int port = QueueTest.freePort();
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      Home home = home(taken.getLocalPort());
      assertThatThrownBy(() -> home.start("queue", "i4vgen")).hasMessageStartingWith(
          "i4vgen.broker.tcp is '127.0.0.1:" + port + "': another program listens there");
    }
  }

  @Test
  void sharesItsJobsWithAnEngineElsewhere() throws Exception {
    int port = QueueTest.freePort();
    Home near = home(port);
    Home far = Home.in(other).set("i4vgen.broker.url", "tcp://127.0.0.1:" + port);
    try (Engine first = near.start("queue", "i4vgen"); Engine second = far.start("queue", "i4vgen");
        JMSContext client = connections(port).createContext()) {
      assertThat(answers(client, "SLOW 1", "SLOW 2", "SLOW 3", "SLOW 4")).allMatch(text -> text.contains("\"done\""));
      assertThat(near.files("outbox")).isNotEmpty();
      assertThat(far.files("outbox")).isNotEmpty();
      assertThat(other.resolve("state/broker")).doesNotExist();
      Wait.until(() -> first.open() + second.open() == 0);
    }
  }

  private static List<String> answers(JMSContext client, String... prompts) throws Exception {
    for (String prompt : prompts) {
      client.createProducer().send(client.createQueue("i4vgen.prompts"), prompt);
    }
    List<String> answers = new ArrayList<>();
    try (JMSConsumer videos = client.createConsumer(client.createQueue("i4vgen.videos"))) {
      while (answers.size() < prompts.length) {
        answers.add(((TextMessage) videos.receive(120_000)).getText());
      }
    }
    return answers;
  }
}
