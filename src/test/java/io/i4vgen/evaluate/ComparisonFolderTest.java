// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.evaluate.shapes.Specs;
import io.i4vgen.generation.BadJob;
import io.i4vgen.model.PackDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The folder of a comparison: what is in it is not made again, and not mixed with other things. */
class ComparisonFolderTest extends WithComparisons {

  @Test
  void whatIsThereIsNotRunAgainAndWhatWasCutOffIs() throws IOException {
    run(List.of(textToVideo()), 2, Share.WHOLE);
    STARTED.clear();
    assertThat(run(List.of(textToVideo()), 2, Share.WHOLE)).hasSize(2);
    assertThat(STARTED).isEmpty();
    Path part = folder.resolve("part-1-of-1.csv");
    String text = Files.readString(part);
    Files.writeString(part, text.substring(0, text.length() - 20));
    assertThat(run(List.of(textToVideo()), 2, Share.WHOLE)).hasSize(2);
    assertThat(Collections.frequency(STARTED, "decode")).isEqualTo(1);
    assertThat(Files.readAllLines(part)).hasSize(3);
  }

  @Test
  void twoPartsMakeOneTable() throws IOException {
    assertThat(run(List.of(textToVideo()), 3, new Share(1, 2))).hasSize(2);
    assertThat(run(List.of(textToVideo()), 3, new Share(2, 2))).hasSize(3);
    assertThat(Files.readAllLines(folder.resolve("videos.csv"))).hasSize(4)
        .first().asString().startsWith("pipeline,prompt,repeat,seed,things,recipe,seen_motion,color,");
    assertThat(Report.of(folder).markdown()).contains("| `text-to-video` | 3 |");
    STARTED.clear();
    run(List.of(textToVideo()), 3, Share.WHOLE);
    assertThat(STARTED).isEmpty();
  }

  @Test
  void seedsThatAreAddedAreWorkForAllParts() throws IOException {
    run(List.of(still()), 2, Share.WHOLE);
    STARTED.clear();
    for (int part = 1; part <= 2; part++) {
      Comparison.Plan plan = new Comparison.Plan(new Specs(1).draw(2), 2, 1, folder, new Share(part, 2), false);
      assertThat(new Comparison(context(), memory, List.of(still()), plan).run((row, done, total, left) -> {}))
          .hasSize(2 + part);
      assertThat(Collections.frequency(STARTED, "decode")).isEqualTo(part);
    }
  }

  @Test
  void rowsThatWereMadeOtherwiseAreNotMixed() throws IOException {
    run(List.of(textToVideo()), 1, Share.WHOLE);
    Pipeline other = textToVideo().with(Map.of("guidance", "2"));
    assertThatThrownBy(() -> run(List.of(other), 1, Share.WHOLE)).isInstanceOf(BadJob.class)
        .hasMessageContaining("rows of 'text-to-video' were made with other weights, options");
  }

  @Test
  void aFolderThatWasMovedIsGoneOnWithAndSoIsAnOldOneWhereItWas() throws IOException {
    Path before = folder.resolve("before");
    run(List.of(still()), 1, Share.WHOLE, before);
    Path after = Files.move(before, folder.resolve("after"));
    STARTED.clear();
    Row row = run(List.of(still()), 1, Share.WHOLE, after).iterator().next();
    assertThat(STARTED).isEmpty();
    Trial trial = Trial.all(new Specs(1).draw(1), 1, 1).get(0);
    PackDescription pack = models.describe("shapes");
    String first = new Stills(after.resolve("stills")).given(still(), pack).task(trial, pack).recipe();
    assertThat(first).isNotEqualTo(row.recipe());
    Path part = after.resolve("part-1-of-1.csv");
    Files.writeString(part, Files.readString(part).replace(row.recipe(), first));
    assertThat(run(List.of(still()), 1, Share.WHOLE, after)).singleElement().extracting(Row::recipe).isEqualTo(first);
    assertThat(STARTED).isEmpty();
    Files.writeString(part, Files.readString(part).replace(first, "0123456789"));
    assertThatThrownBy(() -> run(List.of(still()), 1, Share.WHOLE, after)).isInstanceOf(BadJob.class)
        .hasMessageContaining("the rows of 'still' were made with other weights");
  }

  @Test
  void rowsThatAnEarlierVersionWroteAreReadAndAddedTo() throws IOException {
    run(List.of(textToVideo()), 2, Share.WHOLE);
    Path part = folder.resolve("part-1-of-1.csv");
    List<String> lines = Files.readAllLines(part);
    String old = lines.get(0).replace(",image_calls,video_calls", "") + "\n" + lines.get(1).replace(",0,2,\"", ",\"")
        + "\n";
    assertThat(old).doesNotContain("calls").hasSizeLessThan(lines.get(0).length() + lines.get(1).length());
    Files.writeString(part, old);
    STARTED.clear();
    Collection<Row> rows = run(List.of(textToVideo()), 2, Share.WHOLE);
    assertThat(Collections.frequency(STARTED, "decode")).isEqualTo(1);
    assertThat(rows).extracting(row -> row.values().get(Measure.VIDEO_CALLS)).containsExactly(null, 2.0);
    assertThat(Files.readAllLines(part)).hasSize(3).first().asString().contains("image_calls,video_calls,text");
  }

  @Test
  void aLineThatIsNoRowIsNamed() throws IOException {
    Path part = folder.resolve("part-1-of-1.csv");
    Files.writeString(part, Row.header() + "\nnonsense\n", StandardOpenOption.CREATE);
    assertThatThrownBy(() -> Report.of(folder)).isInstanceOf(BadJob.class)
        .hasMessageContaining("part-1-of-1.csv:2: not a row of this table");
  }
}
