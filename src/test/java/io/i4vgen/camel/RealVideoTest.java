// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.i4vgen.generation.Job;
import io.i4vgen.media.Picture;
import io.i4vgen.media.VideoInfo;
import io.i4vgen.media.VideoReader;
import io.i4vgen.stage.Progress;
import io.i4vgen.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped routes, the real steps, the demo pack and the real broker: a job in, an MP4 out. */
class RealVideoTest {

  private static final String JOB = """
      {"prompt": "a red star in the sky", "id": "%s", "seed": 3, "steps": 2, "candidates": 2, "frames": 4}""";

  @TempDir
  Path folder;

  private Configuration configuration(int port) {
    return Configuration.load(Map.of(), Map.of("i4vgen.home", ".", "i4vgen.state", folder.resolve("state").toString(),
        "i4vgen.inbox", folder.resolve("inbox").toString(), "i4vgen.output", folder.resolve("outbox").toString(),
        "i4vgen.broker.url", "vm://8", "i4vgen.broker.tcp", "127.0.0.1:" + port));
  }

  @Test
  void aFileAndAMessageFromABareSocketGiveTheSameVideo() throws Exception {
    int port = QueueTest.freePort();
    try (Engine engine = Engine.serve(configuration(port), Home.SILENT); StompClient stomp = new StompClient(port)) {
      Files.writeString(folder.resolve("inbox/job.json"), JOB.formatted("file"));
      stomp.subscribe("i4vgen.videos");
      stomp.send("SEND\ndestination:i4vgen.prompts\n\n" + JOB.formatted("message"));
      String frame = stomp.receive();
      JsonNode reply = new JsonMapper().readTree(frame.substring(frame.indexOf("\n\n")));
      assertThat(reply.path("status").asText()).as(frame).isEqualTo("done");
      assertThat(reply.path("rewards")).hasSize(2);
      Path second = Path.of(reply.path("file").asText());
      Path first = folder.resolve("outbox/file.mp4");
      Wait.until(() -> Files.exists(first) && engine.open() == 0);
      VideoInfo info = VideoReader.info(first);
      assertThat(List.of(info.width(), info.height())).containsExactly(128, 128);
      assertThat(pixels(first)).hasSize(4).usingRecursiveComparison().isEqualTo(pixels(second));
    }
    try (Stream<Path> done = Files.list(folder.resolve("inbox/.done"))) {
      assertThat(done).hasSize(1);
    }
  }

  @Test
  void aVideoThatWasGoneOnWithIsTheSame() throws Exception {
    Job job = new Job("one", "a red star", null, 3, "shapes", Map.of("steps", "2", "frames", "2", "candidates", "2"));
    Path video = folder.resolve("outbox/one.mp4");
    Configuration configuration = configuration(QueueTest.freePort());
    Progress dying = new Progress() {
      @Override
      public void started(Job any, String stage) {
        if (stage.equals("denoise")) {
          throw new IllegalStateException("the process ends here");
        }
      }
    };
    try (Engine engine = Engine.start(configuration, Set.of("i4vgen"), dying)) {
      assertThatThrownBy(() -> engine.generate("i4vgen", job)).hasMessageContaining("the process ends here");
    }
    List<String> seen = new ArrayList<>();
    Progress seeing = new Progress() {
      @Override
      public void started(Job any, String stage) {
        seen.add(stage);
      }
    };
    try (Engine engine = Engine.start(configuration, Set.of("i4vgen"), seeing)) {
      engine.generate("i4vgen", job);
      assertThat(seen).containsExactly("denoise", "decode", "encode-mp4");
      byte[] goneOnWith = Files.readAllBytes(video);
      engine.generateAnew("i4vgen", job);
      assertThat(video).hasBinaryContent(goneOnWith);
    }
  }

  @Test
  void aFileTakesThePictureBesideItAndAMessageOnlyOneOfTheFolderForIt() throws Exception {
    String job = """
        {"prompt": "a star", "id": "%s", "seed": 3, "steps": 1, "frames": 3, "route": "i4vgen-image", "image": "%s"}""";
    int port = QueueTest.freePort();
    Configuration configuration = configuration(port).with(Key.IMAGES, folder.resolve("images").toString());
    try (Engine engine = Engine.serve(configuration, Home.SILENT); StompClient stomp = new StompClient(port)) {
      Files.createDirectories(folder.resolve("images"));
      for (String place : List.of("inbox/star.jpg", "images/star.jpg")) {
        Files.copy(Path.of("samples/pictures/yellow-star.jpg"), folder.resolve(place));
      }
      Files.writeString(folder.resolve("inbox/job.json"), job.formatted("file", "star.jpg"));
      stomp.subscribe("i4vgen.videos");
      stomp.send("SEND\ndestination:i4vgen.prompts\n\n" + job.formatted("outside", "../inbox/star.jpg"));
      assertThat(stomp.receive()).contains("\"status\":\"failed\"")
          .contains("a job from outside may name files in the folder '"
              + configuration.folder(Key.IMAGES) + "' (i4vgen.images) only");
      stomp.send("SEND\ndestination:i4vgen.prompts\n\n{\"prompt\": \"a star\", \"loras\": \"../x.safetensors\"}");
      assertThat(stomp.receive()).contains("\"status\":\"failed\"")
          .contains("a job from outside may name files in the folder '"
              + configuration.folder(Key.LORAS) + "' (i4vgen.loras) only");
      stomp.send("SEND\ndestination:i4vgen.prompts\n\n" + job.formatted("message", "star.jpg"));
      assertThat(stomp.receive()).contains("\"status\":\"done\"");
      Path first = folder.resolve("outbox/file.mp4");
      Wait.until(() -> Files.exists(first) && engine.open() == 0);
      assertThat(pixels(first)).usingRecursiveComparison()
          .isEqualTo(pixels(folder.resolve("outbox/message.mp4")));
    }
  }

  @Test
  void aJobsFilesMayLieInAFolderOfAnyName() throws Exception {
    Path odd = Files.createDirectories(folder.resolve("a@2, häuschen; \"我\" @-1,"));
    int port = QueueTest.freePort();
    Configuration configuration = configuration(port).with(Key.IMAGES, odd.toString()).with(Key.LORAS, odd.toString());
    Files.copy(Path.of("samples/pictures/yellow-star.jpg"), odd.resolve("star.jpg"));
    Files.copy(Path.of("samples/pictures/red-circle.png"), odd.resolve("circle,@1.png"));
    try (NDManager memory = NDManager.newBaseManager("PyTorch")) {
      Safetensors.write(odd.resolve("film.safetensors"), Map.of(
          "lora_unet_conv_in.lora_down.weight", memory.ones(new Shape(1, 4, 3, 3)),
          "lora_unet_conv_in.lora_up.weight", memory.ones(new Shape(32, 1, 1, 1))), Map.of());
    }
    try (Engine engine = Engine.serve(configuration, Home.SILENT); StompClient stomp = new StompClient(port)) {
      stomp.subscribe("i4vgen.videos");
      stomp.send("SEND\ndestination:i4vgen.prompts\n\n" + """
          {"prompt": "a star", "id": "odd", "steps": 1, "frames": 2, "route": "sparsectrl-image",
           "conditions": ["star.jpg@0", {"image": "circle,@1.png", "frame": -1}], "loras": ["film.safetensors"]}""");
      assertThat(stomp.receive()).contains("\"status\":\"done\"");
      Wait.until(() -> engine.open() == 0);
    }
  }

  private static List<byte[]> pixels(Path video) throws Exception {
    return VideoReader.read(video).frames().stream().map(Picture::rgb).toList();
  }
}
