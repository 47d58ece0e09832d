// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.TextMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledProcessTest {

  private static final String SLOW = "SLOW".repeat(40);

  @TempDir
  Path folder;

  private Home home;
  private int port;

  @BeforeEach
  void prepare() throws Exception {
    port = QueueTest.freePort();
    home = Home.in(folder).set("i4vgen.broker.tcp", "127.0.0.1:" + port).set("i4vgen.queue.delay-seconds", "0");
  }

  private JMSContext client() {
    return new ActiveMQConnectionFactory("tcp://127.0.0.1:" + port).createContext();
  }

  private void send(String... texts) {
    try (JMSContext client = client()) {
      for (String text : texts) {
        client.createProducer().send(client.createQueue("i4vgen.prompts"), text);
      }
    }
  }

  private List<String> receive(int count) throws Exception {
    List<String> replies = new ArrayList<>();
    try (JMSContext client = client();
        JMSConsumer videos = client.createConsumer(client.createQueue("i4vgen.videos"))) {
      while (replies.size() < count) {
        replies.add(((TextMessage) videos.receive(120_000)).getText());
      }
    }
    return replies;
  }

  @Test
  void runsAQueuedJobAgainThatWasKilledMidwayAndLosesNoOther() throws Exception {
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      send("a first star");
      try (StompClient stomp = new StompClient(port)) {
        // as few headers as a client can send: it does not ask for the message to be kept
        stomp.send("SEND\ndestination:i4vgen.prompts\nreceipt:1\n\n"
            + "{\"id\": \"second\", \"prompt\": \"" + SLOW + "\"}");
        assertThat(stomp.receive()).startsWith("RECEIPT");
        stomp.send("SEND\ndestination:i4vgen.prompts\nreceipt:2\n\na third star");
        assertThat(stomp.receive()).startsWith("RECEIPT");
      }
      serve.awaitLog("job second begins");
      serve.kill();
    }
    // the second job is quick this time: its length is not what is tested
    home.edit("kamelets/i4vgen-denoise-action.kamelet.yaml", "FakeStages$Denoise", "FakeStages$QuickDenoise");
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      assertThat(receive(3)).allMatch(reply -> reply.contains("\"done\"")).anyMatch(reply -> reply.contains("second"));
      assertThat(home.files("outbox")).hasSize(3).contains(folder.resolve("outbox/second.mp4"));
      assertThat(serve.terminate()).isEqualTo(128 + 15);
    }
  }

  @Test
  void goesOnAtTheStepAtWhichTheProcessWasKilled() throws Exception {
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      send("{\"id\": \"long\", \"prompt\": \"" + "SLOW".repeat(8) + "\"}");
      serve.awaitLog("long  denoise begins");
      serve.kill();
    }
    assertThat(home.files("state/checkpoints")).hasSize(1);
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      assertThat(receive(1)).singleElement().asString().contains("\"done\"", "\"text-encode\"", "\"encode-mp4\"");
      assertThat(serve.log()).contains("long  goes on after noise", "long  denoise begins")
          .doesNotContain("long  noise begins").doesNotContain("long  text-encode begins");
      Wait.until(() -> home.files("state/checkpoints").isEmpty());
    }
  }

  @Test
  void givesUpAJobThatKillsTheProcessEachTime() throws Exception {
    home.set("i4vgen.queue.attempts", "2");
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      send("{\"id\": \"deadly\", \"prompt\": \"" + SLOW + "\"}");
      serve.awaitLog("job deadly begins");
      serve.kill();
    }
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      serve.awaitLog("job deadly begins");
      serve.kill();
    }
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      assertThat(receive(1)).singleElement().asString().contains("deadly", "begun 2 times");
      assertThat(home.files("state/attempts")).isEmpty();
      try (JMSContext client = client();
          JMSConsumer dead = client.createConsumer(client.createQueue("i4vgen.dead"))) {
        assertThat(((TextMessage) dead.receive(120_000)).getText()).contains("deadly");
      }
    }
  }

  @Test
  void endsARunningJobOfTheInboxBeforeItStopsAndObeysTheEnvironment() throws Exception {
    Path inbox = Files.createDirectories(folder.resolve("in"));
    try (ServeProcess serve = ServeProcess.start(home, Map.of("I4VGEN_INBOX", "in"))) {
      Files.writeString(inbox.resolve("late.txt"), "SLOW SLOW star");
      serve.awaitLog("begins");
      assertThat(serve.terminate()).isEqualTo(128 + 15);
      assertThat(home.files("outbox")).hasSize(1);
      assertThat(home.files("in/.done")).hasSize(1);
      assertThat(serve.log()).doesNotContain("Exception").doesNotContain("Camel");
    }
  }

  @Test
  void saysInOneLineThatTheStateFolderIsInUse() throws Exception {
    try (ServeProcess serve = ServeProcess.start(home, Map.of())) {
      home.set("i4vgen.broker.tcp", "off");
      assertThat(catchThrowable(() -> home.start("queue")))
          .hasMessageStartingWith("the broker can't start with its journal in " + folder.resolve("state"))
          .hasMessageContaining("Is another 'serve' running?");
    }
  }
}
