// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.TextEncode;
import io.i4vgen.weights.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job goes on from when something ended it. Most of these jobs end where they can't write their video. */
class CheckpointTest {

  private static final List<String> ALL = List.of("text-encode", "candidates", "image-reward", "select-anchor",
      "replicate", "ni-vsds", "noise", "denoise", "decode", "encode-mp4");

  @TempDir
  Path folder;

  private Home home;
  private final List<String> seen = new ArrayList<>();
  private final Progress progress = new Progress() {
    @Override
    public void resumed(Job job, String stage) {
      seen.add("after " + stage);
    }

    @Override
    public void started(Job job, String stage) {
      seen.add(stage);
    }

    @Override
    public void warned(Job job, String message) {
      seen.add(message);
    }
  };

  @BeforeEach
  void prepare() throws Exception {
    home = Home.in(folder);
  }

  private static Job job(long seed) {
    return new Job("one", "a star", null, seed, "shapes", Map.of());
  }

  private void fail(String route, Job job) throws Exception {
    home.clear("outbox");
    Files.writeString(folder.resolve("outbox"), "no folder");
    try (Engine engine = Engine.start(home.configuration(), Set.of(route), progress)) {
      assertThatThrownBy(() -> engine.generate(route, job)).isInstanceOf(RouteFailure.class);
    }
    Files.delete(folder.resolve("outbox"));
    seen.clear();
  }

  private Outcome run(String route, Job job) {
    try (Engine engine = Engine.start(home.configuration(), Set.of(route), progress)) {
      Outcome outcome = engine.generate(route, job);
      assertThat(engine.open()).isZero();
      return outcome;
    }
  }

  @Test
  void goesOnAfterTheLastStepThatWasDone() throws Exception {
    fail("i4vgen", job(7));
    Outcome outcome = run("i4vgen", job(7));
    assertThat(seen).containsExactly("after decode", "encode-mp4");
    assertThat(outcome.file().orElseThrow()).hasContent("a star");
    assertThat(outcome.provenance()).hasSize(ALL.size());
    assertThat(outcome.rewards()).containsExactly(0.25f, 1.5f);
  }

  @Test
  void keepsNothingOfAJobThatIsDone() throws Exception {
    run("i4vgen", job(7));
    assertThat(home.files("state/checkpoints")).isEmpty();
    seen.clear();
    run("i4vgen", job(7));
    assertThat(seen).isEqualTo(ALL);
  }

  @Test
  void beginsAnewIfTheJobTheRouteOrASettingHasChanged() throws Exception {
    fail("i4vgen", job(7));
    run("i4vgen", job(8));
    assertThat(seen).isEqualTo(ALL);
    home.set("my.guidance", "3");
    fail("i4vgen", job(7));
    home.set("my.guidance", "4");
    run("i4vgen", job(7));
    assertThat(seen).isEqualTo(ALL);
    fail("i4vgen", job(7));
    home.edit("i4vgen.camel.yaml", "decode-action\"}", "decode-action\"}\n        - log: done");
    run("i4vgen", job(7));
    assertThat(seen).isEqualTo(ALL);
  }

  @Test
  void beginsAnewIfItsFileIsDamagedOrOneWantsItTo() throws Exception {
    fail("i4vgen", job(7));
    Files.writeString(home.files("state/checkpoints").get(0), "{}");
    run("i4vgen", job(7));
    assertThat(seen).isEqualTo(ALL);
    fail("i4vgen", job(7));
    try (Engine engine = Engine.start(home.configuration(), Set.of("i4vgen"), progress)) {
      engine.generateAnew("i4vgen", job(7));
    }
    assertThat(seen).isEqualTo(ALL);
  }

  @Test
  void makesTheSameVideoAndSaysWhichFileItWasIfTensorsAreDamaged() throws Exception {
    fail("i4vgen", job(7));
    Path file = home.files("state/checkpoints").get(0);
    byte[] whole = Files.readAllBytes(file);
    byte[] flipped = whole.clone();
    flipped[whole.length - 1] ^= 1;
    for (byte[] damaged : List.of(flipped, Arrays.copyOf(whole, whole.length - 1))) {
      Files.write(file, damaged);
      seen.clear();
      String log = logOf(() -> assertThat(run("i4vgen", job(7)).file().orElseThrow()).hasContent("a star"));
      assertThat(log).contains("WARN", "job one begins anew: " + file);
      assertThat(seen).isEqualTo(ALL);
    }
  }

  private static String logOf(Runnable work) {
    PrintStream screen = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(screen);
    }
    return log.toString(StandardCharsets.UTF_8);
  }

  @Test
  void warnsOnceOfAStateFolderThatCanNotBeWrittenToAndMakesTheVideo() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    home.set("i4vgen.state", file.resolve("state").toString());
    assertThat(logOf(() -> assertThat(run("i4vgen", job(7)).file().orElseThrow()).hasContent("a star"))).isEmpty();
    assertThat(seen).startsWith("i4vgen.state is '" + file + "/state': '" + file
        + "' is a file, not a folder; if the process is ended, a job begins anew").hasSize(1 + ALL.size());
  }

  @Test
  void warnsOnceIfNothingIsKeptAfterAll() throws Exception {
    fail("i4vgen", job(7));
    Path file = home.files("state/checkpoints").get(0);
    Files.delete(file);
    Files.writeString(Files.createDirectory(file).resolve("in"), "the way");
    String log = logOf(() -> assertThat(run("i4vgen", job(7)).file().orElseThrow()).hasContent("a star"));
    assertThat(log).containsOnlyOnce("is not kept, in case the process ends");
  }

  @Test
  void beginsAnewIfAnotherRunOfTheJobHasEndedMeanwhile() throws Exception {
    fail("i4vgen", job(7));
    Path file = home.files("state/checkpoints").get(0);
    try (NDManager memory = NDManager.newBaseManager("PyTorch"); Generation in = Generation.of(job(7), memory)) {
      for (boolean ended : new boolean[] {false, true}) {
        Checkpoint checkpoint = new Checkpoint(file, job(7));
        checkpoint.resume(seen::add);
        assertThat(seen).as("what is not sure yet").isEmpty();
        if (ended) {
          Files.delete(file);
        }
        assertThat(checkpoint.past(new TextEncode(), in, one -> GenerationFile.read(one, memory)).isEmpty())
            .isEqualTo(ended);
        assertThat(seen).hasSize(ended ? 0 : 1);
        seen.clear();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "multicast: {stopOnException: true, steps: [{to: {uri: \"kamelet:i4vgen-decode-action\"}}]}",
      "loop: {constant: 2, copy: true, steps: [{to: {uri: \"kamelet:i4vgen-decode-action\"}}]}",
      "doTry: {steps: [{to: {uri: \"kamelet:i4vgen-decode-action\"}}]}",
      "setVariable: {name: text, simple: \"${body}\"}",
      "convertBodyTo: {type: \"byte[]\"}",
      "wireTap: {uri: \"mock:any\"}"})
  void ofARouteThatIsMoreThanAChainOfStepsNothingIsKept(String more) throws Exception {
    home.edit("text-to-video.camel.yaml", "        - to: {uri: \"kamelet:i4vgen-decode-action\"}",
        "        - " + more + "\n        - to: {uri: \"kamelet:i4vgen-decode-action\"}");
    fail("text-to-video", job(7));
    assertThat(home.files("state/checkpoints")).isEmpty();
    run("text-to-video", job(7));
    assertThat(seen).startsWith("text-encode", "noise", "denoise").endsWith("encode-mp4");
  }

  @Test
  void anotherRoutesFileIsNoMatterButAFileThatTheJobNamesIs() throws Exception {
    fail("i4vgen", job(7));
    home.route("other", "- route: {id: other, from: {uri: \"direct:other\", steps: [{log: here}]}}");
    run("i4vgen", job(7));
    assertThat(seen).containsExactly("after decode", "encode-mp4");
    Path lora = folder.resolve("a.safetensors");
    Job named = job(7).with("loras", lora.toString());
    for (int rank : new int[] {1, 2}) {
      lora(lora, rank);
      fail("i4vgen", named);
    }
    assertThat(home.files("state/checkpoints")).as("of two files of one name").hasSize(2);
  }

  private static void lora(Path file, int rank) throws Exception {
    try (NDManager memory = NDManager.newBaseManager("PyTorch")) {
      Safetensors.write(file, Map.of("lora_unet_conv_in.lora_down.weight", memory.ones(new Shape(rank, 4, 3, 3)),
          "lora_unet_conv_in.lora_up.weight", memory.ones(new Shape(32, rank, 1, 1))), Map.of());
    }
  }

  @Test
  void aFileFromWhichAJobCouldNotGoOnIsGoneTheNextTime() throws Exception {
    fail("i4vgen", job(7));
    fail("i4vgen", job(7));
    assertThat(home.files("state/checkpoints")).as("the step at which it went on has failed").isEmpty();
    run("i4vgen", job(7));
    assertThat(seen).isEqualTo(ALL);
  }
}
