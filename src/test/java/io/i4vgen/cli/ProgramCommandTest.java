// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import io.i4vgen.network.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProgramCommandTest {

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  static List<String> networks() {
    return Program.NAMES;
  }

  @ParameterizedTest
  @MethodSource("networks")
  void writesEveryNetworkAsAnArchiveThatPyTorchLoads(String name) throws Exception {
    Path file = folder.resolve("programs/" + name + ".pt");
    assertThat(I4vgen.run("program", name, "--out", file.toString())).isZero();
    assertThat(text(screen.out)).isEqualToIgnoringNewLines(file.toString());
    assertThat(file).hasBinaryContent(Program.archive(name));
    try (Model model = Model.newInstance(name, "PyTorch")) {
      model.load(file.getParent());
      assertThat(model.getBlock()).isNotNull();
    }
  }

  @Test
  void everySourceAmongTheResourcesIsANetworkOrSharedByThemOrConvertsTheirNumbers() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/networks"))) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".py", "")))
          .containsAll(Program.NAMES)
          .hasSize(Program.NAMES.size() + List.of("norms", "layers", "motion", "transformers", "brain_float").size());
    }
  }

  @Test
  void noNetworkIsLongerThanTwoHundredLines() throws Exception {
    for (String name : Program.NAMES) {
      assertThat(Files.readAllLines(Path.of("src/main/resources/networks/" + name + ".py"))).as(name)
          .hasSizeLessThanOrEqualTo(200);
    }
  }

  @Test
  void refusesANetworkThatThereIsNot() {
    assertThat(I4vgen.run("program", "layers", "--out", folder.resolve("layers.pt").toString())).isEqualTo(2);
    assertThat(text(screen.err)).contains("no network 'layers'; there are clip_text, ").hasLineCount(1);
    assertThat(folder).isEmptyDirectory();
  }
}
