// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InboxTest {

  @TempDir
  Path folder;

  private Home home;
  private Path inbox;
  private Engine engine;

  @BeforeEach
  void watch() throws Exception {
    home = Home.in(folder);
    // half a second instead of two: the tests' writers are quicker than people
    home.edit("inbox.camel.yaml", "readLockMinAge: 2000", "readLockMinAge: 600");
    home.edit("inbox.camel.yaml", "readLockCheckInterval: 500", "readLockCheckInterval: 200");
    inbox = Files.createDirectories(folder.resolve("inbox"));
    engine = home.start("inbox", "i4vgen", "text-to-video");
  }

  @AfterEach
  void stop() {
    engine.close();
  }

  /** Puts a file there at once, as the documentation asks: written elsewhere, then renamed. */
  private void drop(String name, String text) throws Exception {
    Path draft = Files.writeString(folder.resolve("draft"), text);
    Files.move(draft, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private void awaitFiles(String in, int count) throws Exception {
    Wait.until(() -> home.files(in).size() >= count && home.files("inbox").isEmpty());
  }

  @Test
  void makesAVideoOfAPromptAndOfAJob() throws Exception {
    drop("würfel.txt", "\ufeffein grüner Würfel\n");
    drop("star.yaml", "prompt: a red star\nid: my-star\nroute: text-to-video\nsteps: 3\n");
    awaitFiles("inbox/.done", 2);
    assertThat(home.files("outbox")).hasSize(2).anySatisfy(file -> assertThat(file).hasContent("ein grüner Würfel"))
        .anySatisfy(file -> assertThat(file).hasFileName("my-star.mp4").hasContent("a red star"));
    assertThat(home.files("inbox/.failed")).isEmpty();
    Wait.until(() -> engine.open() == 0);
  }

  @Test
  void makesNoVideoOfAReportThatIsMovedBackWithItsJob() throws Exception {
    drop("20261122-bad.yaml.error.txt", "'stpes' is unknown");
    drop("star.txt", "a red star");
    // Camel takes its lock away after it has moved the file
    Wait.until(() -> home.files("inbox/.done").size() == 1 && home.files("inbox").size() <= 1);
    assertThat(home.files("inbox")).extracting(file -> file.getFileName().toString())
        .containsExactly("20261122-bad.yaml.error.txt");
    assertThat(home.files("outbox")).hasSize(1);
  }

  @Test
  void readsAFileThatIsWrittenSlowlyWhole() throws Exception {
    engine.close();
    // a minute, so that no pause of a busy machine looks like the end of the file
    home.edit("inbox.camel.yaml", "readLockMinAge: 600", "readLockMinAge: 60000");
    engine = home.start("inbox", "i4vgen", "text-to-video");
    Path slow = Files.writeString(inbox.resolve("slow.txt"), "a blue circle ");
    Wait.until(() -> Files.exists(inbox.resolve("slow.txt.camelLock")));
    Files.writeString(slow, "on the beach", StandardOpenOption.APPEND);
    assertThat(home.files("outbox")).isEmpty();
    Files.setLastModifiedTime(slow, FileTime.from(Instant.now().minusSeconds(120)));
    awaitFiles("inbox/.done", 1);
    assertThat(home.files("outbox")).singleElement().satisfies(
        file -> assertThat(file).hasContent("a blue circle on the beach"));
  }

  @Test
  void putsAFailedJobBesideAReportAndGoesOn() throws Exception {
    drop("empty.txt", "");
    drop("bad.yaml", "prompt: a star\nstpes: 3\n");
    drop("unlucky.txt", "UNLUCKY");
    drop("odd.json", "{\"prompt\": \"a star\", \"steps\": 0}");
    drop("good.txt", "a ring");
    awaitFiles("inbox/.failed", 8);
    assertThat(report("empty.txt")).content().contains("empty.txt is empty");
    assertThat(home.files("inbox/.failed").toString()).contains("-bad.yaml,", "-unlucky.txt,", "-odd.json,");
    assertThat(report("bad.yaml")).hasContent("bad.yaml, line 2, column 1: 'stpes' is unknown: did you mean 'steps'?");
    assertThat(report("unlucky.txt")).content().startsWith("the text encoder has bad luck").contains("\tat ");
    assertThat(report("odd.json")).content().contains("parameter 'steps' of the job is '0'").doesNotContain("\tat ");
    Wait.until(() -> home.files("outbox").size() == 1);
    Wait.until(() -> engine.open() == 0);
  }

  private Path report(String name) throws Exception {
    return home.files("inbox/.failed").stream().filter(file -> file.toString().endsWith(name + ".error.txt"))
        .findFirst().orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsAJobThatAShutdownStopsForTheNextStart(boolean deaf) throws Exception {
    engine.close();
    home.set("i4vgen.shutdown-seconds", "0");
    Held denoise = new Held(deaf ? "denoise" : "none", Home.SILENT);
    engine = Engine.start(home.configuration(), Set.of("inbox", "i4vgen"), denoise);
    drop("late.txt", "SLOW".repeat(deaf ? 0 : 60) + " star");
    Wait.until(() -> engine.open() == 1);
    if (deaf) {
      denoise.awaitBegin();
    }
    engine.close();
    assertThat(home.files("state/attempts")).isEmpty();
    denoise.release();
    Wait.until(() -> engine.open() == 0 && !Files.exists(inbox.resolve("late.txt.camelLock")));
    assertThat(inbox.resolve("late.txt")).exists();
    assertThat(home.files("inbox/.failed")).isEmpty();
    assertThat(home.files("inbox/.done")).isEmpty();
    home.edit("kamelets/i4vgen-denoise-action.kamelet.yaml", "FakeStages$Denoise", "FakeStages$QuickDenoise");
    engine = home.start("inbox", "i4vgen");
    awaitFiles("inbox/.done", 1);
    assertThat(home.files("outbox")).hasSize(1);
  }

  @Test
  void makesTwoVideosOfTwoFilesOfOneName() throws Exception {
    drop("cat.txt", "a black cat");
    awaitFiles("inbox/.done", 1);
    drop("cat.txt", "a white cat");
    awaitFiles("inbox/.done", 2);
    assertThat(home.files("outbox")).hasSize(2);
  }
}
