// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class SweepCommandTest {

  private static final String PROMPT = "a red star moving right over green hills";

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  @Test
  void sweepsAnyRouteAndPrintsWhereTheSheetIs() throws Exception {
    assertThat(sweep("--route", "text-to-video", "--steps", "1", "--option", "frames=3", "--vary",
        "denoise.guidance=1,4")).as(text(screen.err)).isZero();
    assertThat(text(screen.out)).isEqualToIgnoringNewLines(folder.resolve("new/sweep.png").toString());
    assertThat(text(screen.err)).contains(" 1/2  denoise.guidance=1  reward ", " 2/2  denoise.guidance=4  ",
        "0 min left");
    assertThat(Files.readAllLines(folder.resolve("new/sweep.csv"))).hasSize(3);
    assertThat(I4vgen.run("info", folder.resolve("new/denoise.guidance=4.mp4").toString())).isZero();
    assertThat(text(screen.out)).contains("\"denoise.guidance\": \"4\"", "\"steps\": \"1\"", "\"frames\": \"3\"");
  }

  @Test
  void seedsCanVaryTooIfNobodySaysOne() throws Exception {
    assertThat(sweep("--route", "text-to-video", "--steps", "1", "--frames", "2", "--vary", "denoise.guidance=1,4",
        "--vary", "seed=5,6")).as(text(screen.err)).isZero();
    assertThat(text(screen.err)).contains(" 4/4  denoise.guidance=4 seed=6  ");
    assertThat(I4vgen.run("info", folder.resolve("new/denoise.guidance=4_seed=6.mp4").toString())).isZero();
    assertThat(text(screen.out)).contains("\"seed\": 6").doesNotContain("\"seed\": \"6\"");
    assertThat(Files.readAllBytes(folder.resolve("new/denoise.guidance=4_seed=5.mp4")))
        .isNotEqualTo(Files.readAllBytes(folder.resolve("new/denoise.guidance=4_seed=6.mp4")));
    assertThat(sweep("--vary", "seed=5,x")).isEqualTo(2);
    assertThat(sweep("--vary", "seed=5,6", "--seed", "1")).isEqualTo(2);
    assertThat(text(screen.err)).contains("i4vgen: --vary seed=x: must be a whole number",
        "i4vgen: --vary seed=5,6: 'seed' is also said to be 1: leave one of them out");
  }

  @Test
  void warnsOnceOfWordsThatThePackDoesNotKnow() {
    assertThat(sweep("--route", "text-to-video", "--negative", "dogs", "--option", "frames=2", "--vary", "steps=1,2"))
        .as(text(screen.err)).isZero();
    assertThat(text(screen.err)).containsOnlyOnce("warning: the negative prompt has words that pack 'shapes' does not "
        + "know: 'dogs'; `i4vgen models list shapes` shows those it knows");
  }

  @Test
  void whatCannotBeRunIsRefusedBeforeAnythingRuns() {
    assertThat(sweep("--vary", "noise.strength=0.6,1.8")).isEqualTo(2);
    assertThat(sweep("--vary", "noise.strengt=0.6")).isEqualTo(2);
    assertThat(sweep("--vary", "frames=4,64")).isEqualTo(2);
    assertThat(sweep("--vary", "noise.strength=0.6", "--option", "steps=0")).isEqualTo(2);
    assertThat(sweep("--vary", "noise.strength=0.6", "--vary", "steps=2", "--option", "stepps=1")).isEqualTo(2);
    assertThat(sweep("--vary", "preset=best")).isEqualTo(2);
    assertThat(sweep("--vary", "noise.strength=0.6", "--sampler", "eular")).isEqualTo(2);
    assertThat(sweep("--vary", "steps=1,2", "--steps", "3")).isEqualTo(2);
    assertThat(sweep("--vary", "ni-vsds.fraction=0.5", "--vary", "noise.strength=")).isEqualTo(2);
    assertThat(sweep("--vary", "noise.strength=0.6", "--model", "nosuch")).isEqualTo(2);
    assertThat(sweep("--vary", "noise.strength=0.6", "--route", "nosuch")).isEqualTo(2);
    assertThat(text(screen.err)).contains(
        "--vary noise.strength=1.8: parameter 'noise.strength' of the job is '1.8': must be a number from 0 to 1",
        "did you mean 'noise.strength'", "i4vgen: parameter 'steps' of the job is '0'",
        "i4vgen: parameter 'stepps' of the job", "--vary frames=64: frames is '64'", "no preset 'best'",
        "'sampler' of the job is 'eular'",
        "--vary steps=1,2: 'steps' is also said to be 3: leave one of them out",
        "'noise.strength=': must be OPTION=VALUE,VALUE", "no pack 'nosuch'", "nosuch");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void aFolderThatCanNotBeMadeIsRefusedBeforeAnythingRunsAndThatOfOtherVideosDoesNotMatter() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    String[] small = {"sweep", PROMPT, "--vary", "steps=1", "--option", "frames=2", "--route", "text-to-video", "--set",
        "i4vgen.output=" + file, "--out"};
    List<String> below = new ArrayList<>(List.of(small));
    below.add(file.resolve("new").toString());
    assertThat(I4vgen.run(below.toArray(String[]::new))).isEqualTo(2);
    assertThat(text(screen.err)).contains("--out: the folder '" + file.resolve("new") + "' can't be made: '" + file
        + "' is a file, not a folder").hasLineCount(1);
    below.set(below.size() - 1, folder.resolve("new").toString());
    assertThat(I4vgen.run(below.toArray(String[]::new))).as(text(screen.err)).isZero();
  }

  @Test
  void anInterruptedSweepLeavesNothingHalfWrittenAndGoesOn() throws Exception {
    Path log = folder.resolve("log");
    List<String> arguments = List.of("--option", "steps=20", "--option", "frames=3", "--option", "candidates=1",
        "--vary", "noise.strength=0.2,0.4,0.6,0.8,1");
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        I4vgen.class.getName()));
    command.addAll(all(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    while (!Files.readString(log).contains("1/5")) {
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
      TimeUnit.MILLISECONDS.sleep(10);
    }
    process.destroy();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(130);
    assertThat(Files.readString(log)).contains("interrupted; the same command goes on");
    assertThat(sweep(arguments.toArray(String[]::new))).as(text(screen.err)).isZero();
    assertThat(text(screen.err)).contains(" 5/5  noise.strength=1  ").doesNotContain(" 1/5 ");
    assertThat(Files.readAllLines(folder.resolve("new/sweep.csv"))).hasSize(6);
    try (Stream<Path> files = Files.list(folder.resolve("new"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".mp4"))).hasSize(5);
    }
  }

  private int sweep(String... arguments) {
    return I4vgen.run(all(List.of(arguments)).toArray(String[]::new));
  }

  private List<String> all(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("sweep", PROMPT, "--out", folder.resolve("new").toString()));
    all.addAll(arguments);
    return all;
  }
}
