// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void beginsAnewIfAnotherRunOfTheJobHasEndedMeanwhile() throws Exception {
    fail("i4vgen", job(7));
    Progress late = new Progress() {
      @Override
      public void resumed(Job job, String stage) {
        home.clear("state/checkpoints");
      }

      @Override
      public void started(Job job, String stage) {
        seen.add(stage);
      }
    };
    try (Engine engine = Engine.start(home.configuration(), Set.of("i4vgen"), late)) {
      assertThat(engine.generate("i4vgen", job(7)).provenance()).hasSize(ALL.size());
    }
    assertThat(seen).isEqualTo(ALL);
  }

  @Test
  void ofARouteThatBranchesOnlyTheStemIsKept() throws Exception {
    home.route("branched", """
        - route:
            id: branched
            from:
              uri: direct:branched
              steps:
                - to: {uri: "kamelet:i4vgen-text-encode-action"}
                - to: {uri: "kamelet:i4vgen-noise-action"}
                - multicast:
                    stopOnException: true
                    steps:
                      - to: {uri: "kamelet:i4vgen-decode-action"}
                      - to: {uri: "kamelet:i4vgen-denoise-action"}
                      - to: {uri: "kamelet:i4vgen-encode-mp4-action"}
        """);
    fail("branched", job(7));
    run("branched", job(7));
    assertThat(seen).containsExactly("after noise", "decode", "denoise", "encode-mp4");
  }

  @Test
  void aGenerationThatAFileOrAQueueTookOnTheWayIsKeptUpToThere() throws Exception {
    home.edit("i4vgen.camel.yaml", "        - to: {uri: \"kamelet:i4vgen-denoise-action\"}",
        "        - convertBodyTo: {type: \"byte[]\"}\n        - to: {uri: \"kamelet:i4vgen-denoise-action\"}");
    fail("i4vgen", job(7));
    run("i4vgen", job(7));
    assertThat(seen).containsExactly("after noise", "denoise", "decode", "encode-mp4");
  }
}
