// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static io.i4vgen.cli.Screen.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class EvaluateTest {

  @TempDir
  Path folder;

  @RegisterExtension
  final Screen screen = new Screen();

  @Test
  void comparesRoutesAndPrintsTheTablesAgainWithoutRunning() throws Exception {
    assertThat(evaluate("--prompts", "1", "--option", "steps=2", "--option", "candidates=2", "--option", "frames=4",
        "--option", "free-init.iterations=2")).as(text(screen.err)).isZero();
    assertThat(text(screen.err)).contains(" 1/8 ", " 8/8 ", "0 min left", "i4vgen:paper", "without-ni-vsds");
    String tables = text(screen.out);
    assertThat(tables).contains("| `text-to-video` | 1 |", "| `freeinit` | 1 |", "| `i4vgen:code` | 1 |",
        "| `without-regeneration` | 1 |", "Difference to `text-to-video`");
    assertThat(Files.readAllLines(folder.resolve("videos.csv"))).hasSize(9);
    screen.out.reset();
    Path document = Files.writeString(folder.resolve("results.md"),
        "<!-- table: begin -->\n<!-- table: end -->\n");
    assertThat(evaluate("--table", "--into", document.toString())).isZero();
    assertThat(text(screen.out)).isEqualTo(tables);
    assertThat(document).content().contains(tables);
  }

  @Test
  void aPipelineCanHaveAPackOfItsOwn() {
    assertThat(evaluate("--prompts", "1", "--option", "steps=1", "--option", "frames=3", "--pipelines",
        "text-to-video,text-to-video@plugins/shapes")).as(text(screen.err)).isZero();
    assertThat(text(screen.out)).contains("| `text-to-video` | 1 |", "| `text-to-video@shapes` | 1 |",
        "| `text-to-video@shapes` | 1 | +0.0 [?, ?] |");
    assertThat(evaluate("--pipelines", "text-to-video@nosuch")).isEqualTo(2);
    assertThat(text(screen.err)).contains("pipeline 'text-to-video@nosuch': ");
  }

  @Test
  void promptsCanComeFromAFile() throws Exception {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"),
        "a red star spinning at night\n\na green heart above a pink square, both moving left, at night\n");
    assertThat(evaluate("--file", prompts.toString(), "--pipelines", "text-to-video", "--option", "steps=1",
        "--option", "frames=3")).as(text(screen.err)).isZero();
    assertThat(text(screen.err)).contains("\"a red star spinning at night\"", "both moving left");
  }

  @Test
  void whatCannotBeRunIsRefusedBeforeAnythingRuns() throws Exception {
    assertThat(evaluate("--pipelines", "text-to-vidio")).isEqualTo(2);
    assertThat(evaluate("--option", "stepps=2")).isEqualTo(2);
    assertThat(evaluate("--option", "steps=0")).isEqualTo(2);
    assertThat(evaluate("--prompts", "0")).isEqualTo(2);
    assertThat(evaluate("--part", "3/2")).isEqualTo(2);
    assertThat(evaluate("--prompts", "2", "--part", "3/4")).isEqualTo(2);
    Path plain = Files.writeString(folder.resolve("plain.txt"), "no marks");
    assertThat(evaluate("--out", plain.resolve("new").toString())).isEqualTo(2);
    assertThat(evaluate("--into", plain.toString())).isEqualTo(2);
    assertThat(evaluate("--into", folder.resolve("nosuch.md").toString())).isEqualTo(2);
    assertThat(evaluate("--pipelines", "i4vgen:best")).isEqualTo(2);
    assertThat(evaluate("--table")).isEqualTo(2);
    assertThat(evaluate("--file", Files.writeString(folder.resolve("bad.txt"), "a dog\n").toString())).isEqualTo(2);
    assertThat(text(screen.err)).contains("text-to-vidio", "--option stepps: no step of text-to-video, ",
        "parameter 'steps' of the job is '0'", "prompts is 0: must be from 1 to 1000", "part 3/2: must be",
        "part 3/4 has no prompts: its number must be from 1 to 2, as many as there are",
        "--out: the folder '" + plain.resolve("new") + "' can't be made: '" + plain + "' is a file, not a folder",
        "--into '" + plain + "': the document has no lines", "nosuch.md': there is no such file",
        "no preset 'best'", "no results there yet", "'a dog' names 0 coloured shapes");
    assertThat(folder.resolve("part-1-of-1.csv")).doesNotExist();
  }

  private int evaluate(String... arguments) {
    List<String> all = new ArrayList<>(List.of("evaluate"));
    all.addAll(List.of(arguments));
    if (!all.contains("--out")) {
      all.addAll(List.of("--out", folder.toString()));
    }
    return I4vgen.run(all.toArray(new String[0]));
  }
}
