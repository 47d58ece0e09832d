// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.GenerationFile;
import io.i4vgen.generation.Part;
import io.i4vgen.media.Clip;
import io.i4vgen.media.VideoReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CommandLineTest {

  private static final String PROMPT = "a red star moving right over green hills";
  /** What routes can't do without. */
  private static final Map<String, List<String>> PICTURES = Map.of(
      "i4vgen-image", List.of("--image", "samples/pictures/yellow-star.jpg"),
      "i4vgen-retrieved", List.of("--images", "samples/pictures"),
      "i4vgen-sparsectrl", List.of("--image", "samples/pictures/yellow-star.jpg"),
      "sparsectrl-image", List.of("--condition", "samples/pictures/yellow-star.jpg@0", "--condition",
          "samples/pictures/red-circle.png@-1"),
      "sparsectrl-scribble", List.of("--condition", "samples/scribbles/star.png@0"));
  private static final String[] SHORT = {"--seed", "7", "--steps", "3", "--candidates", "2", "--frames", "4"};

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  @Test
  void generatesAVideoAndPrintsWhereItIs() throws Exception {
    Path video = folder.resolve("new/star.mp4");
    assertThat(generate(PROMPT, "--out", video.toString())).isZero();
    assertThat(text(screen.out)).isEqualToIgnoringNewLines(video.toString());
    assertThat(text(screen.err)).contains("seed 7", "candidates", "ni-vsds", "steps/s", "reward", "rank 1 of 2",
        "done in");
    Clip clip = VideoReader.read(video);
    assertThat(clip.frames()).hasSize(4);
    assertThat(clip.width()).isEqualTo(128);
  }

  @Test
  void aSecondProcessWritesTheSameBytes() throws Exception {
    Path here = folder.resolve("here.mp4");
    Path there = folder.resolve("there.mp4");
    String kept = folder.resolve("a").toString();
    assertThat(generate(PROMPT, "--quiet", "--out", here.toString(), "--keep", kept)).isZero();
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        // a user with other digits
        "-Duser.language=fa", "-cp", System.getProperty("java.class.path"), I4vgen.class.getName(), "generate", PROMPT,
        "--quiet", "--out", there.toString(), "--keep", folder.resolve("b").toString()));
    command.addAll(Arrays.asList(SHORT));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(there).hasSameBinaryContentAs(here);
    assertThat(folder.resolve("b/08-denoise.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("a/08-denoise.safetensors"));
  }

  @Test
  void anInterruptionEndsTheProcessAtOnceAndLeavesNoFile() throws Exception {
    Path video = folder.resolve("never.mp4");
    Path log = folder.resolve("log");
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        I4vgen.class.getName(), "generate", PROMPT, "--steps", "500", "--out", video.toString())
        .redirectErrorStream(true).redirectOutput(log.toFile()).start();
    while (!Files.readString(log).contains("text-encode")) {
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
      TimeUnit.MILLISECONDS.sleep(50);
    }
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(130);
    assertThat(Files.readString(log)).contains("interrupted; no video was written");
    assertThat(video).doesNotExist();
  }

  @Test
  void keepsWhatEveryStepMade() throws Exception {
    Path kept = folder.resolve("kept");
    assertThat(generate(PROMPT, "--out", folder.resolve("star.gif").toString(), "--keep", kept.toString())).isZero();
    try (Stream<Path> files = Files.list(kept)) {
      assertThat(files.map(file -> file.getFileName().toString())).contains("01-text-encode.safetensors",
          "03-image-reward.png", "04-select-anchor.png", "06-ni-vsds.safetensors", "09-decode.png",
          "10-encode-mp4.safetensors");
    }
    try (NDManager memory = NDManager.newBaseManager();
        Generation read = GenerationFile.read(kept.resolve("09-decode.safetensors"), memory)) {
      assertThat(read.job().prompt()).isEqualTo(PROMPT);
      assertThat(read.parts().get(Part.FRAMES).getShape().get(0)).isEqualTo(4);
    }
  }

  static Stream<String> pipelines() throws Exception {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("routes"))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = file.getFileName().toString().replace(".camel.yaml", "");
        if (Files.readString(file).contains("uri: direct:" + name + "\n")) {
          names.add(name);
        }
      }
    }
    assertThat(names).contains("i4vgen", "text-to-video", "freeinit");
    return names.stream();
  }

  @ParameterizedTest
  @MethodSource("pipelines")
  void everyRouteThatIsShippedMakesAVideo(String route) throws Exception {
    Path video = folder.resolve(route + ".mp4");
    List<String> arguments = new ArrayList<>(List.of("generate", PROMPT, "--route", route, "--seed", "7", "--steps",
        "2", "--frames", "4", "--out", video.toString()));
    arguments.addAll(PICTURES.getOrDefault(route, List.of()));
    assertThat(I4vgen.run(arguments.toArray(String[]::new))).as(text(screen.err)).isZero();
    assertThat(VideoReader.read(video).frames()).hasSize(4);
  }

  @Test
  void warnsOfWordsThatTheModelDoesNotRead() {
    String words = "star ".repeat(90).strip();
    assertThat(generate(PROMPT + " " + words, "--out", folder.resolve("long.mp4").toString())).isZero();
    assertThat(text(screen.err)).contains("warning: the prompt is").contains("the model reads 77; cut off: 'star star");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "''                     | the prompt is empty",
      "a star --steps 0       | 'steps' of the job is '0': must be a whole number from 1 to 1000",
      "a star --steps 1000    | sampler ddim of pack 'shapes' with 1000 steps: steps 1000 with steps_offset 1 start at",
      "a star --sampler eular | 'sampler' of the job is 'eular': must be one of ddim, ddpm, euler, euler-ancestral,",
      "a star --frames 33     | frames is '33': the motion modules of pack 'shapes' know 1 to 32",
      "a star --frames -3     | 'frames' of the job is '-3': must be a whole number from 1 to",
      "a star --guidance x    | 'guidance' of the job is 'x': must be a number",
      "a star --model nosuch  | no pack 'nosuch'",
      "a star --model shaped  | no pack 'shaped': did you mean 'shapes'?; there are",
      "a star --option decode.vae=tased | is 'tased': no pack 'tased': did you mean 'taesd'?",
      "a star --route nosuch  | route 'nosuch'",
      "a star --route queue   | route 'queue' is no pipeline: it takes jobs from 'jms:queue:{{i4vgen.queue",
      "a star --route inbox   | when `i4vgen serve` runs; pipelines are freeinit, i4vgen-freeinit,",
      "a star --preset papr   | no preset 'papr'; it has code, paper",
      "a star --format avi    | must be mp4, gif or png",
      "a star --out x.gif --format mp4 | the file 'x.gif' ends with '.gif', but the format is 'mp4'",
      "a star --out x.avi     | --out 'x.avi': must end with .mp4, .gif, .png, or with nothing",
      "a star --option x.y=1  | 'x.y'",
      "a star --steps 4 --option steps=3 | --option steps=3: the command line also says '4'",
      "a star --seed abc      | --seed 'abc': must be a whole number",
      "a star --option noise.strength | --option 'noise.strength': must be STAGE.OPTION=VALUE",
      "a star --set i4vgen.device | --set 'i4vgen.device': must be KEY=VALUE",
      "a star --out=          | --out '': name a file",
      "a star --image star.png | parameter 'image' of the job: no step of route 'i4vgen' has it",
      "a star --route i4vgen-image | the job has no 'image'",
      "a star --route i4vgen-image --image pom.xml | cannot read the picture pom.xml: it is no JPEG, PNG or WebP",
      "a star --route i4vgen-retrieved --images routes | the folder routes holds no picture that can be read",
      "a star --route sparsectrl-image --condition star.png | must be FILE@FRAME",
      "a star --lora nowhere.safetensors@0.5 | nowhere.safetensors: no such file",
      "a star --lora a.safetensors,b.safetensors | a.safetensors,b.safetensors: no such file; if it was to be"
          + " several, repeat --lora",
      "a star --lora README.md | README.md",
      "a star --nosuch        | --nosuch",
      "a star --out /         | --out '/'",
      "a star --set i4vgen.devise=cpu | did you mean 'i4vgen.device'",
  })
  void refusesWhatCanNotBeDoneInOneLine(String line, String message) {
    int split = line.indexOf(" --");
    List<String> arguments = new ArrayList<>(List.of("generate", split < 0 ? line : line.substring(0, split)));
    if (split >= 0) {
      arguments.addAll(List.of(line.substring(split + 1).split(" ")));
    }
    arguments.add("--quiet");
    assertThat(I4vgen.run(arguments.toArray(String[]::new))).isEqualTo(2);
    assertThat(text(screen.err)).startsWith("i4vgen: ").contains(message);
    assertThat(text(screen.err).strip().lines()).hasSize(1);
    assertThat(text(screen.out)).isEmpty();
  }

  @Test
  void refusesAPromptThatNoFileCouldHold() {
    assertThat(generate("a red\u0000star")).isEqualTo(2);
    assertThat(text(screen.err)).contains("the prompt has the control character U+0000 at 5");
    assertThat(generate("star ".repeat(3000))).isEqualTo(2);
    assertThat(text(screen.err)).contains("characters: it may have 10000");
  }

  @Test
  void refusesAnOutputThatCanNotBeWrittenBeforeAnythingRuns() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    assertThat(generate(PROMPT, "--out", file.resolve("star.mp4").toString())).isEqualTo(2);
    assertThat(text(screen.err)).contains("--out: the folder '" + file + "' can't be made: '" + file
        + "' is a file, not a folder").doesNotContain("text-encode");
    assertThat(generate(PROMPT, "--out", folder.resolve("star.mp4").toString(), "--option",
        "encode-mp4.file=file/star.mp4")).isEqualTo(2);
    assertThat(text(screen.err)).contains("parameter 'encode-mp4.file' of the job is 'file/star.mp4': can't be"
        + " written: '" + file + "' is a file, not a folder").doesNotContain("text-encode");
    assertThat(I4vgen.run("program", "vae", "--out", file.resolve("vae.pt").toString())).isEqualTo(2);
    assertThat(I4vgen.run("program", "vae", "--out", folder.toString())).isEqualTo(2);
    assertThat(text(screen.err)).contains("--out '" + folder + "': that is a folder; name a file in it")
        .doesNotContain("Exception");
    assertThat(folder).isDirectoryNotContaining("glob:**.{mp4,pt}");
  }

  @Test
  void reportsReferenceCases() throws Exception {
    Path cases = Path.of("src/test/resources/reference");
    assertThat(I4vgen.run("reference", cases.resolve("torch-randn").toString())).isZero();
    assertThat(text(screen.out)).contains("case").containsPattern("torch-randn +\\S+ +\\S+ +PASS");
    Path wrong = Files.createDirectory(folder.resolve("wrong"));
    Files.copy(cases.resolve("torch-randn/io.safetensors"), wrong.resolve("io.safetensors"));
    String json = Files.readString(cases.resolve("torch-randn/case.json"));
    Files.writeString(wrong.resolve("case.json"), json.replace("\"torch-randn\"", "\"unheard-of\""));
    assertThat(I4vgen.run("reference", wrong.toString())).isZero();
    assertThat(text(screen.out)).contains("UNKNOWN");
  }

  @Test
  void failsIfOneReferenceCaseDiffers() throws Exception {
    Path case1 = Path.of("src/test/resources/reference/torch-randn");
    Path changed = Files.createDirectories(folder.resolve("cases/changed"));
    Files.copy(case1.resolve("case.json"), changed.resolve("case.json"));
    byte[] tensors = Files.readAllBytes(case1.resolve("io.safetensors"));
    tensors[tensors.length - 1] ^= (byte) 0x80; // the sign of the last number
    Files.write(changed.resolve("io.safetensors"), tensors);
    assertThat(I4vgen.run("reference", changed.getParent().toString())).isEqualTo(1);
    assertThat(text(screen.out)).containsPattern("changed .*FAIL");
  }

  @ParameterizedTest
  @CsvSource({"star.gif, star.gif", "star.png, star-0001.png"})
  void showsHowPicturesWereMadeAndNoRateOfThem(String named, String written) {
    assertThat(generate(PROMPT, "--quiet", "--out", folder.resolve(named).toString())).isZero();
    assertThat(I4vgen.run("info", folder.resolve(written).toString())).isZero();
    assertThat(text(screen.out)).containsPattern("size +128 x 128").contains("\"prompt\": \"" + PROMPT + "\"")
        .doesNotContain("\nfps");
  }

  @Test
  void showsWhatAVideoIsAndHowItWasMade() {
    Path video = folder.resolve("star.mp4");
    assertThat(generate(PROMPT, "--quiet", "--out", video.toString())).isZero();
    assertThat(I4vgen.run("info", video.toString())).isZero();
    assertThat(text(screen.out)).containsPattern("frames +4").containsPattern("size +128 x 128")
        .containsPattern("fps +8.0").contains("h264, yuv420p", "\"prompt\": \"" + PROMPT + "\"", "\"rewards\"",
            "recipe     {\n  \"i4vgen\": 1,\n  \"route\": \"i4vgen\",\n  \"preset\": \"code\",\n  \"job\": {\n");
  }

  @Test
  void showsNothingOfAFolder() {
    assertThat(I4vgen.run("info", folder.toString())).isOne();
    assertThat(text(screen.err)).contains("cannot read " + folder + ": that is a folder; name a file in it");
  }

  private static int generate(String prompt, String... more) {
    return Screen.generate(prompt, SHORT, more);
  }
}
