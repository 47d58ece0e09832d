// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.i4vgen.generation.Job;
import io.i4vgen.model.PackFile;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportTest {

  @Test
  void aRateHasWilsonsInterval() {
    Interval eightOfTen = Interval.ofRate(8, 10);
    assertThat(eightOfTen.low()).isCloseTo(0.4902, within(1e-4));
    assertThat(eightOfTen.high()).isCloseTo(0.9433, within(1e-4));
    assertThat(Interval.ofRate(0, 20).low()).isZero();
    assertThat(Interval.ofRate(0, 20).high()).isCloseTo(0.1611, within(1e-4));
    assertThat(Interval.ofRate(20, 20).high()).isEqualTo(1);
  }

  @Test
  void aMeanHasTheNormalInterval() {
    Interval mean = Interval.ofMean(new double[] {1, 2, 3, 4});
    assertThat(mean.value()).isEqualTo(2.5);
    assertThat(mean.high() - mean.value()).isCloseTo(1.96 * 1.29099 / 2, within(1e-4));
    assertThat(Interval.ofMean(new double[] {3}).low()).isNaN();
  }

  @Test
  void videosOfOnePromptThatAreAlikeCountAsOneSample() {
    Samples alone = new Samples();
    Samples twice = new Samples();
    for (int prompt = 0; prompt < 10; prompt++) {
      alone.add(prompt, prompt < 8 ? 1 : 0);
      twice.add(prompt, prompt < 8 ? 1 : 0);
      twice.add(prompt, prompt < 8 ? 1 : 0);
    }
    assertThat(alone.rate()).isEqualTo(Interval.ofRate(8, 10));
    assertThat(twice.rate().value()).isEqualTo(0.8, within(1e-9));
    assertThat(twice.rate().low()).isCloseTo(Interval.ofRate(8, 10).low(), within(0.03));
    assertThat(twice.mean().high()).isCloseTo(alone.mean().high(), within(1e-9));
    assertThat(twice.mean().high()).isGreaterThan(Interval.ofRate(16, 20).high());
  }

  @Test
  void theTablesCountWhatEachColumnIsAbout() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      rows.add(row("text-to-video", i, 1 + i % 2, i < 8 ? 1 : 0));
      rows.add(row("i4vgen", i, 1 + i % 2, 1));
    }
    assertThat(new Report(rows).markdown()).contains(
        "| pipeline | videos | one object | both objects | color |",
        "| `text-to-video` | 10 | 80.0 [37.6, 96.4] | 80.0 [37.6, 96.4] | 80.0 [49.0, 94.3] |",
 "UNet calls, images | UNet calls, video |", " | 1 | 1 |",
        "Difference to `text-to-video`", "| `i4vgen` | 10 | +20.0 [-6.1, +46.1] |");
  }

  @Test
  void onlyVideosThatBothPipelinesMadeAreSubtracted() {
    List<Row> rows = List.of(row("a", 0, 1, 0), row("a", 1, 2, 1), row("b", 1, 2, 1), row("b", 2, 1, 1));
    assertThat(new Report(rows).markdown()).contains("| `b` | 1 | +0.0 [?, ?] |");
  }

  @Test
  void theTablesGoBetweenTheMarksOfADocument() {
    Report report = new Report(List.of(row("a", 0, 1, 1)));
    String document = "# Results\n<!-- table: begin -->\nold\n<!-- table: end -->\nrest\n";
    assertThat(report.into(document)).startsWith("# Results\n<!-- table: begin -->\nWhat is shown")
        .endsWith("<!-- table: end -->\nrest\n").doesNotContain("old");
    assertThat(report.into(report.into(document))).isEqualTo(report.into(document));
    assertThatThrownBy(() -> report.into("# Results\n")).hasMessageContaining("has no lines '<!-- table: begin -->'");
  }

  @Test
  void aRowIsReadAsItWasWritten() {
    Map<Measure, Double> values = new EnumMap<>(Map.of(Measure.OBJECT, 1.0, Measure.FLICKERING, 0.98765));
    Row row = new Row("i4vgen:code", 3, 1, 1003001, 2, "0123abcdef", "moving left", values,
        "a \"red\" star, and more, at night");
    List<String> columns = Row.columns(Row.header());
    assertThat(Row.read(columns, row.line())).isEqualTo(row);
    assertThat(Row.header().split(",")).hasSameSizeAs(row.line().split(",(?=([^\"]*\"[^\"]*\")*[^\"]*$)", -1));
    assertThatThrownBy(() -> Row.read(columns, "a,b")).hasMessage("2 columns; must have 25");
    assertThatThrownBy(() -> Row.columns("a,b")).hasMessage("its columns are not those of this table");
  }

  @Test
  void aRecipeStaysWhatItWasSoThatJournalsCanBeGoneOnWith() {
    PackFile file = new PackFile("unet.safetensors", 3, "ab".repeat(32), Optional.empty(), Optional.empty());
    Job job = new Job("prompt-000-0", "a red star", null, 1000000, "shapes", Map.of());
    assertThat(Recipe.of(List.of(file), "", "text-encode\ndecode\n", job)).isEqualTo("2c1ee71e2e");
    assertThat(Recipe.of(List.of(file), "blue", "text-encode\ndecode\n", job)).isNotEqualTo("2c1ee71e2e");
  }

  @Test
  void sharesTogetherAreTheWhole() {
    List<Integer> work = List.of(0, 1, 2, 3, 4);
    assertThat(Share.parse("1/2").of(work)).containsExactly(0, 2, 4);
    assertThat(Share.parse("2/2").of(work)).containsExactly(1, 3);
    assertThat(Share.WHOLE.of(work)).isEqualTo(work);
    for (String bad : List.of("0/2", "3/2", "2", "1/0", "a/b", "1/99")) {
      assertThatThrownBy(() -> Share.parse(bad)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be NUMBER/OF, such as 1/2");
    }
  }

  private static Row row(String pipeline, int prompt, int things, double right) {
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    for (Measure measure : Measure.values()) {
      values.put(measure, right);
    }
    return new Row(pipeline, prompt, 0, prompt, things, "r", "spinning", values, "a red star");
  }
}
