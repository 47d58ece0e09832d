// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueTest {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir
  Path folder;

  private Home home;
  private Engine engine;
  private int port;
  private JMSContext client;

  @BeforeEach
  void serve() throws Exception {
    port = freePort();
    home = Home.in(folder).set("i4vgen.broker.url", "vm://7").set("i4vgen.broker.tcp", "127.0.0.1:" + port)
        .set("i4vgen.queue.delay-seconds", "0");
    engine = home.start("queue", "i4vgen", "text-to-video");
    client = new ActiveMQConnectionFactory("tcp://127.0.0.1:" + port).createContext();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() {
    client.close();
    engine.close();
  }

  private void send(Message message) {
    client.createProducer().send(client.createQueue("i4vgen.prompts"), message);
  }

  private TextMessage receive(String queue) {
    try (JMSConsumer consumer = client.createConsumer(client.createQueue(queue))) {
      return (TextMessage) consumer.receive(120_000);
    }
  }

  private JsonNode reply() throws Exception {
    return JSON.readTree(receive("i4vgen.videos").getText());
  }

  @Test
  void answersAPromptFromABareSocket() throws Exception {
    try (StompClient stomp = new StompClient(port)) {
      stomp.subscribe("i4vgen.videos");
      stomp.send("SEND\ndestination:/queue/i4vgen.prompts\ncorrelation-id:my-42\n\nein grüner Würfel");
      String frame = stomp.receive();
      assertThat(frame).startsWith("MESSAGE").contains("correlation-id:my-42");
      JsonNode reply = JSON.readTree(frame.substring(frame.indexOf("\n\n")));
      assertThat(reply.path("status").asText()).isEqualTo("done");
      assertThat(Path.of(reply.path("file").asText())).hasContent("ein grüner Würfel");
    }
  }

  @Test
  void answersAJobInJsonWithItsStepsAndRewards() throws Exception {
    TextMessage message = client.createTextMessage("""
        {"prompt": "a red star", "id": "star-1", "seed": 7, "route": "i4vgen",
         "parameters": {"ni-vsds.until": 0.5}}""");
    message.setJMSCorrelationID("mine");
    // a header that old filters let through, and that would name the file
    message.setStringProperty("CAmelFileName", "../evil.txt");
    send(message);
    TextMessage answer = receive("i4vgen.videos");
    JsonNode reply = JSON.readTree(answer.getText());
    assertThat(answer.getJMSCorrelationID()).isEqualTo("mine");
    assertThat(reply.path("id").asText()).isEqualTo("star-1");
    assertThat(reply.path("seed").asLong()).isEqualTo(7);
    assertThat(reply.path("anchor").asInt()).isEqualTo(1);
    assertThat(reply.path("rewards")).hasSize(2);
    assertThat(reply.path("steps").findValuesAsText("stage")).contains("text-encode", "ni-vsds", "encode-mp4");
    assertThat(reply.path("steps").findPath("until").asText()).isEqualTo("0.5");
    assertThat(folder.resolve("outbox/star-1.mp4")).exists();
    Wait.until(() -> engine.open() == 0);
  }

  @Test
  void answersABadJobAtOnceAndKeepsNothingOfIt() throws Exception {
    send(client.createTextMessage("{\"prompt\": \"a star\", \"sedd\": 7}"));
    assertThat(reply().path("error").asText()).isEqualTo(
        "message, line 1, column 22: 'sedd' is unknown: did you mean 'seed'?");
    send(client.createTextMessage("{\"prompt\": \"a star\", \"route\": \"queue\"}"));
    assertThat(reply().path("error").asText()).startsWith("route 'queue' is no pipeline");
    send(client.createTextMessage("{\"prompt\": \"a star\", \"model\": \"plugins/shapes\"}"));
    assertThat(reply().path("error").asText())
        .startsWith("model 'plugins/shapes' of the job: must be the name of a pack; there is ").contains("shapes");
    send(client.createTextMessage("a".repeat(JobReader.LIMIT + 1)));
    assertThat(reply().path("error").asText()).contains("1048577 bytes");
    send(client.createObjectMessage(new ArrayList<>()));
    assertThat(reply().path("error").asText()).contains("is no text");
    send(client.createTextMessage(""));
    assertThat(reply().path("status").asText()).isEqualTo("failed");
    send(client.createTextMessage("a good star"));
    assertThat(reply().path("status").asText()).isEqualTo("done");
  }

  @Test
  void answersAJobAsDoneWhosePipelineGotOverAFailure() throws Exception {
    home.route("brave", """
        - route:
            id: brave
            from:
              uri: direct:brave
              steps:
                - doTry:
                    steps:
                      - throwException: {exceptionType: java.io.IOException, message: "not so bad"}
                    doCatch:
                      - exception: [java.io.IOException]
                        steps:
                          - log: "went on"
                - to: {uri: "kamelet:i4vgen-text-encode-action"}
        """);
    restart("brave");
    send(client.createTextMessage("{\"prompt\": \"a star\", \"route\": \"brave\"}"));
    assertThat(reply().path("status").asText()).isEqualTo("done");
  }

  @Test
  void answersAJobWhoseRouteHasNoStage() throws Exception {
    home.route("empty", """
        - route:
            id: empty
            from:
              uri: direct:empty
              steps:
                - log: "nothing to do"
        """);
    restart("empty");
    send(client.createTextMessage("{\"prompt\": \"a star\", \"id\": \"bare\", \"route\": \"empty\"}"));
    JsonNode reply = reply();
    assertThat(reply.path("status").asText()).isEqualTo("done");
    assertThat(reply.path("id").asText()).isEqualTo("bare");
    assertThat(reply.path("route").asText()).isEqualTo("empty");
  }

  private void restart(String route) {
    stop();
    engine = home.start("queue", route);
    client = new ActiveMQConnectionFactory("tcp://127.0.0.1:" + port).createContext();
  }

  @Test
  void putsAJobAsideThatFailsAtEveryAttempt() throws Exception {
    TextMessage message = client.createTextMessage("UNLUCKY");
    message.setJMSCorrelationID("poison");
    send(message);
    send(client.createTextMessage("a good star"));
    TextMessage first = receive("i4vgen.videos");
    TextMessage second = receive("i4vgen.videos");
    TextMessage failed = first.getText().contains("failed") ? first : second;
    TextMessage done = failed == first ? second : first;
    assertThat(failed.getText()).contains("the text encoder has bad luck");
    assertThat(failed.getJMSCorrelationID()).isEqualTo("poison");
    assertThat(done.getText()).contains("\"done\"");
    assertThat(receive("i4vgen.dead").getText()).isEqualTo("UNLUCKY");
    Wait.until(() -> engine.open() == 0);
  }

  /** Three times, where two attempts are all: a shutdown is none, whether a step hears of it or not. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aShutdownDoesNotWaitForAStepThatTakesTooLongAndTheNextStartEndsTheJob(boolean deaf) throws Exception {
    PrintStream screen = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      stopsThreeTimesAndEndsTheJob(deaf);
    } finally {
      System.setErr(screen);
    }
    assertThat(log.toString(StandardCharsets.UTF_8)).as("nothing is lost").doesNotContain("ERROR");
  }

  private void stopsThreeTimesAndEndsTheJob(boolean deaf) throws Exception {
    home.set("i4vgen.shutdown-seconds", "0").set("i4vgen.queue.attempts", "2");
    for (int stop = 0; stop < 3; stop++) {
      stop();
      // each time a later one: what has been done is not done again
      Held held = new Held(deaf ? List.of("candidates", "ni-vsds", "denoise").get(stop) : "none", Home.SILENT);
      engine = Engine.start(home.configuration(), Set.of("queue", "i4vgen"), held);
      client = new ActiveMQConnectionFactory("tcp://127.0.0.1:" + port).createContext();
      if (stop == 0) {
        send(client.createTextMessage("SLOW".repeat(deaf ? 0 : 60) + " late star"));
      }
      Wait.until(() -> engine.open() > 0);
      if (deaf) {
        held.awaitBegin();
      }
      client.close();
      try {
        Wait.until(CompletableFuture.runAsync(engine::close)::isDone);
      } finally {
        held.release();
      }
      Wait.until(() -> engine.open() == 0);
    }
    home.edit("kamelets/i4vgen-denoise-action.kamelet.yaml", "FakeStages$Denoise", "FakeStages$QuickDenoise");
    restart("i4vgen");
    assertThat(reply().path("status").asText()).isEqualTo("done");
  }
}
