// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.i4vgen.evaluate.shapes.Figure;
import io.i4vgen.evaluate.shapes.Motion;
import io.i4vgen.evaluate.shapes.Paint;
import io.i4vgen.evaluate.shapes.Relation;
import io.i4vgen.evaluate.shapes.Scene;
import io.i4vgen.evaluate.shapes.Specs;
import io.i4vgen.generation.Generation;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.SparseCtrl;
import io.i4vgen.stage.StageContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ComparisonTest extends WithComparisons {

  @Test
  void whatPipelinesHaveInCommonRunsOnceForEachPrompt() throws IOException {
    Collection<Row> rows = run(ALL, 2, Share.WHOLE);
    assertThat(rows).hasSize(8);
    assertThat(Collections.frequency(STARTED, "candidates")).isEqualTo(2);
    assertThat(Collections.frequency(STARTED, "image-reward")).isEqualTo(2);
    assertThat(Collections.frequency(STARTED, "text-encode")).isEqualTo(2);
    assertThat(Collections.frequency(STARTED, "ni-vsds")).isEqualTo(4);
    assertThat(Collections.frequency(STARTED, "denoise")).isEqualTo(8);
    assertThat(rows).allSatisfy(row -> assertThat(row.seconds()).isPositive());
    assertThat(rows).extracting(row -> row.values().get(Measure.IMAGE_CALLS).intValue())
        .containsExactly(0, 2, 2, 2, 0, 2, 2, 2);
    assertThat(rows).extracting(row -> row.values().get(Measure.VIDEO_CALLS).intValue())
        .containsExactly(2, 4, 3, 2, 2, 4, 3, 2);
  }

  @Test
  void aPipelineMakesTheSameVideosBesideOthersAsAlone() throws IOException {
    List<Row> beside = run(ALL, 1, Share.WHOLE).stream().map(ComparisonTest::withoutSeconds).toList();
    for (Pipeline pipeline : ALL) {
      Path alone = folder.resolve("alone").resolve(pipeline.name().replace(':', '-'));
      assertThat(run(List.of(pipeline), 1, Share.WHOLE, alone)).extracting(ComparisonTest::withoutSeconds)
          .containsExactly(beside.get(ALL.indexOf(pipeline)));
    }
    assertThat(beside).extracting(row -> row.values().get(Measure.FLICKERING)).doesNotHaveDuplicates();
  }

  @Test
  void whatNoPipelineNeedsAnyMoreIsFreed() throws IOException {
    Set<NDManager> owners = new HashSet<>();
    Progress watching = new Progress() {
      @Override
      public void finished(Generation result, String stage, Duration time) {
        owners.add(result.memory());
      }
    };
    List<Pipeline> many = Stream.of("1", "2", "3", "4").map(scale ->
        new Pipeline("g" + scale, stages(), "shapes", Map.of("ni-vsds.guidance", scale)).with(SHORT)).toList();
    List<Long> open = new ArrayList<>();
    Comparison.Plan plan = new Comparison.Plan(new Specs(1).draw(1), 1, 1, folder, Share.WHOLE, false);
    new Comparison(new StageContext(models, watching, Path.of("{id}")), memory, many, plan)
        .run((row, done, total, left) -> open.add(owners.stream().filter(NDManager::isOpen).count()));
    assertThat(owners).hasSize(4);
    assertThat(open).as("the one with what they share, until all are done").containsExactly(1L, 1L, 1L, 0L);
  }

  @Test
  void imagesCanBeNamedByTheNumberOfThePrompt() {
    Trial trial = Trial.all(new Specs(1).draw(2), 2, 1).get(3);
    Pipeline pipeline = textToVideo().with(Map.of("guidance", "{prompt}/{id}"));
    assertThat(pipeline.task(trial, models.describe("shapes")).job().parameters())
        .containsEntry("guidance", "001/prompt-001-1");
  }

  @Test
  void pipelinesThatBeginFromAPictureGetOneThatShowsThePrompt() throws IOException {
    Pipeline still = still();
    List<Row> rows = List.copyOf(run(List.of(still), 2, Share.WHOLE));
    assertThat(folder.resolve("stills/prompt-001-0.png")).isNotEmptyFile();
    assertThat(rows).hasSize(2).allSatisfy(row -> {
      assertThat(row.values()).containsEntry(Measure.ALL, 1.0).containsEntry(Measure.DYNAMIC, 0.0);
    });
    run(List.of(still.with(Map.of("image", "samples/pictures/yellow-star.jpg"))), 1, Share.WHOLE,
        folder.resolve("given"));
    assertThat(folder.resolve("given/stills")).doesNotExist();
  }

  @Test
  void scribblesGetOutlines() {
    Stills stills = new Stills(folder);
    Pipeline scribble = new Pipeline("scribble", List.of(new SparseCtrl(null, null, "scribble", null, null, null)),
        "shapes-sparsectrl", Map.of());
    Pipeline rgb = new Pipeline("rgb", List.of(new SparseCtrl(null, null, "rgb", null, null, null)),
        "shapes-sparsectrl", Map.of());
    PackDescription pack = models.describe("shapes-sparsectrl");
    assertThat(stills.given(scribble, pack).parameters().get("image")).isEqualTo(folder + "/{id}-outlines.png");
    assertThat(stills.given(rgb, pack).parameters().get("image")).isEqualTo(folder + "/{id}.png");
    Pipeline told = rgb.with(Map.of("conditions", "samples/pictures/yellow-star.jpg@3"));
    assertThat(stills.given(told, pack)).isEqualTo(told);
  }

  @Test
  void videosAreKeptIfWanted() throws IOException {
    Comparison.Plan plan = new Comparison.Plan(new Specs(1).draw(1), 1, 1, folder, Share.WHOLE, true);
    new Comparison(context(), memory, List.of(i4vgen("paper")), plan).run((row, done, total, left) -> {
      assertThat(done).isEqualTo(1);
      assertThat(total).isEqualTo(1);
      assertThat(left).isZero();
    });
    assertThat(folder.resolve("videos/prompt-000-0-i4vgen-paper.mp4")).isNotEmptyFile();
  }

  @Test
  void theJudgesWordsAreThoseThatThePackTellsOf() {
    Map<String, List<String>> words = models.describe("shapes").about().vocabulary().topics();
    assertThat(Stream.of(Figure.values()).map(value -> value.words().get(0))).isEqualTo(words.get("shapes"));
    assertThat(Stream.of(Paint.values()).map(value -> value.words().get(0))).isEqualTo(words.get("colors"));
    assertThat(Stream.of(Scene.values()).map(value -> value.words().get(0))).isEqualTo(words.get("scenes"));
    assertThat(Stream.of(Motion.values()).map(value -> value.words().get(0))).isEqualTo(words.get("motions"));
    assertThat(Stream.of(Relation.values()).map(value -> value.words().get(0))).isEqualTo(words.get("relations"));
  }

  @Test
  void thePacksOfShapesKnowAllTheWordsOfTheirWorld() {
    List<String> all = Stream.of(Stream.of(Figure.values()).map(Figure::words),
        Stream.of(Paint.values()).map(Paint::words), Stream.of(Scene.values()).map(Scene::words),
        Stream.of(Motion.values()).map(Motion::words), Stream.of(Relation.values()).map(Relation::words))
        .flatMap(words -> words.flatMap(List::stream)).toList();
    for (String pack : List.of("shapes", "shapes-lavie", "shapes-sparsectrl")) {
      PackDescription.About about = models.describe(pack).about();
      assertThat(about.vocabulary().unknown(String.join(" ", all))).as(pack).isEmpty();
      assertThat(about.examples()).allSatisfy(prompt -> assertThat(about.vocabulary().unknown(prompt)).isEmpty());
      assertThat(about.vocabulary().unknown("two tiny dogs")).containsExactly("two", "dogs");
    }
  }

  @Test
  void nothingIsLeftInMemory() throws IOException {
    run(ALL, 1, Share.WHOLE);
    int before = memory.getManagedArrays().size();
    run(ALL, 1, Share.WHOLE, folder.resolve("again"));
    assertThat(memory.getManagedArrays()).hasSize(before);
  }

  private static Row withoutSeconds(Row row) {
    Map<Measure, Double> values = new TreeMap<>(row.values());
    values.remove(Measure.SECONDS);
    return new Row(row.pipeline(), row.prompt(), row.repeat(), row.seed(), row.things(), row.recipe(), row.motion(),
        values, row.text());
  }
}
