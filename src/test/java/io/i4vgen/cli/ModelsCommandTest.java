// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.media.VideoReader;
import io.i4vgen.model.PackFiles;
import io.i4vgen.model.TinyAnimateDiff;
import io.i4vgen.model.hub.FakeHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsCommandTest {

  @TempDir Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  private FakeHub hub;
  private Path packs;
  private Map<String, byte[]> files;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    packs = folder.resolve("packs");
    files = TinyAnimateDiff.files();
    files.forEach((place, bytes) -> hub.put(place.split(" ")[0], place.split(" ")[1], bytes));
    TinyAnimateDiff.describe(packs, "animatediff");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--set", "i4vgen.packs=" + packs, "--set", "i4vgen.hub=" + hub.uri()));
    all.addAll(List.of(arguments));
    return I4vgen.run(all.toArray(String[]::new));
  }

  /** The three commands of the README, with a pack of the same layout. */
  @Test
  void aPublishedPackIsFetchedCheckedAndUsed() throws Exception {
    assertThat(run("generate", "a cat", "--model", "animatediff")).isEqualTo(2);
    assertThat(text(screen.err)).startsWith("i4vgen: pack 'animatediff': 12 files are missing: "
        + "./i4vgen models pull animatediff fetches them; " + packs + "/hub/");
    assertThat(run("models", "pull", "animatediff")).as(text(screen.err)).isZero();
    assertThat(text(screen.out)).contains("animatediff: 12 files fetched");
    assertThat(text(screen.err)).contains("mm_sd_v15_v2.ckpt from " + hub.uri()
        + "/guoyww/animatediff/resolve/main/mm_sd_v15_v2.ckpt");
    assertThat(run("models", "check", "animatediff")).as(text(screen.out)).isZero();
    assertThat(text(screen.out)).containsPattern("animatediff +in order: 12 files");
    Path video = folder.resolve("cat.mp4");
    assertThat(run("generate", "a cat", "--model", "animatediff", "--seed", "1", "--out", video.toString()))
        .as(text(screen.err)).isZero();
    assertThat(VideoReader.read(video).frames()).hasSize(4);
    assertThat(text(screen.err)).contains("model animatediff", "rank 1 of 2");
  }

  @Test
  void aProcessThatIsKilledLeavesWhatTheNextOneGoesOnWith() throws Exception {
    byte[] large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    hub.put("google-bert/bert-base-uncased", "vocab.txt", large);
    Path pack = Files.createDirectories(packs.resolve("part"));
    Files.writeString(pack.resolve("plugin.yaml"), """
        name: part
        description: a part
        license: Apache-2.0
        networks: {reward: {textConfig: vocab.txt, weights: [vocab.txt]}}
        tokenizers: {reward: vocab.txt}
        files: {vocab.txt: {repo: google-bert/bert-base-uncased}}
        """);
    hub.faults.add(FakeHub.Fault.stall(2_000_000));
    Path part = packs.resolve("hub/google-bert/bert-base-uncased/vocab.txt.part");
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        I4vgen.class.getName(), "models", "pull", "part", "--set", "i4vgen.packs=" + packs,
        "--set", "i4vgen.hub=" + hub.uri()).inheritIO().start();
    while (!Files.exists(part) || Files.size(part) < 2_000_000) {
      assertThat(process.isAlive()).isTrue();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    process.destroyForcibly().waitFor();
    assertThat(run("models", "pull", "part")).as(text(screen.err)).isZero();
    assertThat(text(screen.err)).contains("going on after 2.00 MB");
    assertThat(packs.resolve("hub/google-bert/bert-base-uncased/vocab.txt")).hasBinaryContent(large);
    assertThat(part).doesNotExist();
  }

  @Test
  void whatIsThereIsListedAndNothingIsFetchedTwice() throws IOException {
    TinyAnimateDiff.describe(packs, "another");
    assertThat(run("models", "list")).isZero();
    assertThat(text(screen.out)).containsPattern("animatediff +0/12 +- +0 B, and v1-5-pruned").contains("another ");
    assertThat(run("models", "pull", "animatediff")).isZero();
    assertThat(run("models", "pull", "another")).isZero();
    assertThat(text(screen.out)).contains("another: everything is there");
    assertThat(hub.requests).hasSize(12);
    assertThat(run("models", "list", "another")).isZero();
    assertThat(text(screen.out)).contains("another: random weights").containsPattern("here +\\d+ kB +" + packs
        + "/hub/guoyww/animatediff/mm_sd_v15_v2.ckpt  from http");
  }

  @Test
  void aBrokenDescriptionDoesNotHideTheOthers() throws IOException {
    Files.createDirectories(packs.resolve("broken"));
    Files.writeString(packs.resolve("broken/plugin.yaml"), "name: broken\n");
    assertThat(run("models", "list")).isOne();
    assertThat(text(screen.out)).contains("animatediff ").contains("broken/plugin.yaml:1: files is missing");
    assertThat(run("models", "check")).isOne();
    assertThat(text(screen.out)).containsPattern("animatediff +not checked: not all of its files are here");
  }

  @Test
  void everyFaultIsListed() throws IOException {
    assertThat(run("models", "pull", "animatediff")).isZero();
    Path motion = packs.resolve("hub/guoyww/animatediff/mm_sd_v15_v2.ckpt");
    Files.write(motion, new byte[1000]);
    Files.delete(packs.resolve("hub/google-bert/bert-base-uncased/vocab.txt"));
    assertThat(run("models", "check", "animatediff")).isOne();
    assertThat(text(screen.out)).containsPattern("animatediff +\\d+ faults")
        .contains("vocab.txt is missing (635 bytes, from ", "; ./i4vgen models pull animatediff fetches it")
        .contains("pack 'animatediff', network 'unet': " + motion);
  }

  /** Of the right size, and as old as it was when it was right: only reading it shows the damage. */
  @Test
  void whatACheckHasFoundDamagedIsFetchedAgain() throws IOException {
    Path pack = Files.createDirectories(packs.resolve("part"));
    byte[] right = "words".getBytes(StandardCharsets.UTF_8);
    hub.put("a/b", "vocab.txt", right);
    Files.writeString(pack.resolve("plugin.yaml"), """
        name: part
        description: a part
        license: Apache-2.0
        networks: {reward: {textConfig: vocab.txt, weights: [vocab.txt]}}
        tokenizers: {reward: vocab.txt}
        files: {vocab.txt: {repo: a/b, bytes: 5, sha256: %s}}
        """.formatted(PackFiles.sha256(Files.write(folder.resolve("right"), right))));
    assertThat(run("models", "pull", "part")).isZero();
    Path file = packs.resolve("hub/a/b/vocab.txt");
    FileTime time = Files.getLastModifiedTime(file);
    Files.setLastModifiedTime(Files.writeString(file, "sword"), time);
    assertThat(run("models", "pull", "part")).isZero();
    assertThat(text(screen.out)).contains("part: everything is there");
    assertThat(run("models", "check", "part")).isOne();
    assertThat(text(screen.out)).contains(file + " has sha256 ", "; ./i4vgen models pull part fetches it");
    assertThat(run("models", "pull", "part")).isZero();
    assertThat(file).hasBinaryContent(right);
    assertThat(text(screen.err)).contains(": it is fetched again");
  }

  @Test
  void aFileOfWhichNothingIsKnownIsCalledOfUnknownSize() throws IOException {
    assertThat(run("models", "pull", "animatediff")).isZero();
    assertThat(run("models", "list")).isZero();
    assertThat(text(screen.out)).doesNotContain("size unknown");
    Files.delete(packs.resolve("hub/.known"));
    assertThat(run("models", "list")).isZero();
    assertThat(text(screen.out)).containsPattern("animatediff +12/12 .*; size unknown: .*mm_sd_v15_v2.ckpt");
    assertThat(run("models", "list", "animatediff")).isZero();
    assertThat(text(screen.out)).containsPattern("mm_sd_v15_v2.ckpt  from .*  \\(size unknown: it may have been cut");
    assertThat(run("models", "pull", "animatediff")).isZero();
    assertThat(text(screen.out)).contains("animatediff: everything is there, as far as is known: 12 of unknown size");
    assertThat(text(screen.err)).contains("mm_sd_v15_v2.ckpt is there; nobody has said how long it must be");
  }

  @Test
  void filesThatSomebodyHasAreTakenOverWhateverTheirNames() throws IOException {
    Path mine = Files.createDirectories(folder.resolve("mine"));
    Path base = Files.write(mine.resolve("sd.safetensors"),
        files.get("stable-diffusion-v1-5/stable-diffusion-v1-5 v1-5-pruned-emaonly.safetensors"));
    Path motion = Files.write(mine.resolve("motion.bin"), files.get("guoyww/animatediff mm_sd_v15_v2.ckpt"));
    Path other = Files.writeString(mine.resolve("notes.txt"), "not weights");
    Path more = Files.writeString(mine.resolve("more.txt"), "nor these");
    assertThat(run("models", "import", base.toString(), motion.toString(), other.toString(), more.toString())).isOne();
    assertThat(text(screen.out)).contains(base + " is a Stable Diffusion checkpoint in one file, "
        + "v1-5-pruned-emaonly.safetensors of pack animatediff: " + packs + "/hub/stable-diffusion-v1-5/")
        .contains("mm_sd_v15_v2.ckpt of pack animatediff").contains(other
            + ": is not recognised (is a text, not weights)\n" + more + ": is not recognised (is a text, not weights)\n"
            + "Known are: a Stable Diffusion checkpoint in one file; ").containsOnlyOnce("Known are");
    assertThat(packs.resolve("hub/guoyww/animatediff/mm_sd_v15_v2.ckpt")).hasSameBinaryContentAs(motion);
    assertThat(run("models", "import", mine.toString())).as("the notes in the folder are no fault").isZero();
    assertThat(run("models", "import", Files.createDirectories(mine.resolve("empty")).toString())).isOne();
    assertThat(text(screen.err)).contains("mine/empty: is a folder without files");
    assertThat(run("models", "import", motion.toString())).isZero();
    assertThat(text(screen.out)).contains("(there already)");
    assertThat(run("models", "pull", "animatediff")).isZero();
    assertThat(text(screen.out)).contains("animatediff: 10 files fetched");
  }

  @Test
  void wrongUsageIsSaidInOneLine() {
    assertThat(run("models")).isEqualTo(2);
    assertThat(text(screen.err)).contains("models: say which of list, check, pull, import");
    assertThat(run("models", "pull", "--set", "i4vgen.hub=ftp://x", "animatediff")).isEqualTo(2);
    assertThat(text(screen.err)).contains("i4vgen.hub is 'ftp://x': must be an address that begins with https://");
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "check", "pull"})
  void anUnknownPackIsAWrongArgument(String command) {
    assertThat(run("models", command, "animatedif")).isEqualTo(2);
    assertThat(text(screen.err)).contains("no pack 'animatedif': did you mean 'animatediff'?; there is animatediff,");
    assertThat(text(screen.out)).isEmpty();
  }
}
