// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.media.Format;
import io.i4vgen.media.VideoReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as users run it: {@code serve} with the shipped routes and the demo pack, in a process of its own. */
class ServedVideosTest {

  private static final Duration LONG = Duration.ofMinutes(4);
  private static final String SMALL = "\"steps\": 2, \"candidates\": 2, \"frames\": 4";

  @TempDir
  Path folder;

  private int port;
  private Path log;

  @BeforeEach
  void prepare() throws Exception {
    port = QueueTest.freePort();
    log = folder.resolve("serve.log");
  }

  private Process serve() throws Exception {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        "io.i4vgen.cli.I4vgen", "serve"));
    Map.of("i4vgen.inbox", "inbox", "i4vgen.output", "outbox", "i4vgen.state", "state").forEach(
        (key, name) -> command.addAll(List.of("--set", key + "=" + folder.resolve(name))));
    command.addAll(List.of("--set", "i4vgen.broker.tcp=127.0.0.1:" + port));
    Process process = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(log.toFile()).start();
    await(process, "watching the folder");
    return process;
  }

  private void await(Process process, String text) throws Exception {
    Wait.until(LONG, () -> {
      assertThat(process.isAlive()).as("alive; its log is:\n" + log()).isTrue();
      return log().contains(text);
    });
  }

  private String log() throws Exception {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  @Test
  void aFileInTheInboxAndAMessageFromABareSocketEachGiveAVideo() throws Exception {
    Process process = serve();
    try {
      Files.writeString(folder.resolve("inbox/star.yaml"),
          "{prompt: a red star over green hills, id: dropped, " + SMALL + "}");
      try (StompClient client = new StompClient(port)) {
        client.subscribe("/queue/i4vgen.videos");
        client.send("SEND\ndestination:/queue/i4vgen.prompts\n\n"
            + "{\"prompt\": \"a blue circle on the beach\", \"id\": \"sent\", " + SMALL + "}");
        assertThat(client.receive(LONG)).contains("\"done\"", "outbox/sent.mp4");
        assertThat(Format.readRecipe(folder.resolve("outbox/sent.mp4"))).contains("\"route\":\"i4vgen\"");
      }
      Path dropped = folder.resolve("outbox/dropped.mp4");
      Wait.until(LONG, () -> Files.exists(dropped));
      assertThat(VideoReader.read(dropped).frames()).hasSize(4);
      assertThat(VideoReader.read(folder.resolve("outbox/sent.mp4")).frames()).hasSize(4);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aQueuedJobThatWasKilledMidwayGivesItsVideoAfterARestart() throws Exception {
    Process first = serve();
    try (StompClient client = new StompClient(port)) {
      client.send("SEND\ndestination:/queue/i4vgen.prompts\nreceipt:1\n\n"
          + "{\"prompt\": \"a blue circle on the beach\", \"id\": \"killed\", \"steps\": 20, \"candidates\": 2}");
      assertThat(client.receive()).startsWith("RECEIPT");
      await(first, "killed  candidates done");
    } finally {
      first.destroyForcibly().waitFor();
    }
    assertThat(folder.resolve("outbox/killed.mp4")).doesNotExist();
    Process second = serve();
    try (StompClient client = new StompClient(port)) {
      client.subscribe("/queue/i4vgen.videos");
      assertThat(client.receive(LONG)).contains("\"done\"", "outbox/killed.mp4");
      assertThat(VideoReader.read(folder.resolve("outbox/killed.mp4")).frames()).hasSize(16);
    } finally {
      second.destroyForcibly().waitFor();
    }
  }
}
