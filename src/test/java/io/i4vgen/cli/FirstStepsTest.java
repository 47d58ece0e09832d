// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody meets who has just begun: slips of the hand, words that a pack does not know, a second video. */
class FirstStepsTest {

  private static final String PROMPT = "a red star moving right over green hills";
  private static final String[] SHORT = {"--seed", "7", "--steps", "1", "--candidates", "1", "--frames", "2"};

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  @Test
  void aVideoTakesThePlaceOfNoneThatWasMadeInAnotherWayUnlessItsNameIsGiven() {
    String output = "i4vgen.output=" + folder;
    String star = "a-red-star-moving-right-over-green-hills-7";
    for (String steps : List.of("1", "2", "1", "2")) {
      assertThat(generate(PROMPT, "--set", output, "--option", "ni-vsds.steps=" + steps)).as(text(screen.err)).isZero();
    }
    assertThat(folder.toFile().list()).contains(star + ".mp4", star + "-2.mp4").doesNotContain(star + "-3.mp4");
    assertThat(text(screen.err)).contains(
        "warning: %s.mp4 was made in another way and stays: this one is %s-2.mp4".formatted(star, star));
    assertThat(generate(PROMPT, "--out", folder.resolve(star + ".mp4").toString())).isZero();
    assertThat(folder.toFile().list()).doesNotContain(star + "-3.mp4");
  }

  @Test
  void warnsOfWordsThatThePackDoesNotKnow() {
    assertThat(generate("a red strar and a dog", "--negative", "Red, blurry", "--out",
        folder.resolve("dog.mp4").toString())).isZero();
    assertThat(text(screen.err)).contains("warning: the prompt has words that pack 'shapes' does not know: 'strar' "
        + "(did you mean 'star'?), 'dog'; `i4vgen models list shapes` shows those it knows",
        "warning: the negative prompt has words that pack 'shapes' does not know: 'blurry';");
    assertThat(I4vgen.run("models", "list", "shapes")).isZero();
    assertThat(text(screen.out)).contains("knows shapes: circle, square,");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "genrate star           | there is no command 'genrate': did you mean 'generate'?",
      "models lst             | there is no command 'lst': did you mean 'list'?",
      "generate star --sed 1  | there is no option '--sed': did you mean '--seed'?",
      "info star --debgu      | there is no option '--debgu': did you mean '--debug'?",
      "generate red star      | generate takes no further argument 'star': a text of several words needs quotes",
      "frobnicate             | there is no command 'frobnicate' (see --help)",
  })
  void namesTheCommandOrTheOptionThatWasMeant(String line, String message) {
    assertThat(I4vgen.run(line.split(" "))).isEqualTo(2);
    assertThat(text(screen.err)).startsWith("i4vgen: ").contains(message).hasLineCount(1);
  }

  @Test
  void aRouteThatWritesNoVideoIsToldBeforeAnythingRunsUnlessItsStepsAreKept() throws Exception {
    String encode = "        - to: {uri: \"kamelet:i4vgen-encode-mp4-action\"}";
    String routes = Files.readString(Path.of("routes/i4vgen.camel.yaml"));
    assertThat(routes).contains(encode);
    Files.writeString(folder.resolve("i4vgen.camel.yaml"), routes.lines()
        .filter(line -> !line.startsWith(encode)).collect(Collectors.joining("\n")));
    Path kamelets = Files.createDirectory(folder.resolve("kamelets"));
    try (Stream<Path> files = Files.list(Path.of("routes/kamelets"))) {
      for (Path file : files.toList()) {
        Files.copy(file, kamelets.resolve(file.getFileName()));
      }
    }
    String[] without = {"--set", "i4vgen.routes=" + folder, "--out",
        folder.resolve("no.mp4").toString()};
    assertThat(generate(PROMPT, without)).isEqualTo(2);
    assertThat(text(screen.err)).startsWith("i4vgen: route 'i4vgen' writes no video: put "
        + "i4vgen-encode-mp4-action at its end, or have what its steps make with --keep").hasLineCount(1);
    String[] kept = Arrays.copyOf(without, without.length + 2);
    kept[without.length] = "--keep";
    kept[without.length + 1] = folder.resolve("kept").toString();
    assertThat(generate(PROMPT, kept)).as(text(screen.err)).isZero();
    assertThat(text(screen.err)).contains("warning: route 'i4vgen' writes no video");
    assertThat(folder.resolve("kept/09-decode.png")).isNotEmptyFile();
  }

  private static int generate(String prompt, String... more) {
    return Screen.generate(prompt, SHORT, more);
  }
}
