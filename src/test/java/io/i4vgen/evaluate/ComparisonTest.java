// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.i4vgen.evaluate.shapes.Figure;
import io.i4vgen.evaluate.shapes.Motion;
import io.i4vgen.evaluate.shapes.Paint;
import io.i4vgen.evaluate.shapes.Relation;
import io.i4vgen.evaluate.shapes.Scene;
import io.i4vgen.evaluate.shapes.Specs;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.Candidates;
import io.i4vgen.stage.Decode;
import io.i4vgen.stage.Denoise;
import io.i4vgen.stage.ImageAnchor;
import io.i4vgen.stage.ImageReward;
import io.i4vgen.stage.NiVsds;
import io.i4vgen.stage.Noise;
import io.i4vgen.stage.Progress;
import io.i4vgen.stage.Replicate;
import io.i4vgen.stage.SelectAnchor;
import io.i4vgen.stage.SparseCtrl;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.TextEncode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {

  private static final Map<String, String> SHORT = Map.of("steps", "2", "candidates", "2", "frames", "4");
  private static final List<Pipeline> ALL = List.of(textToVideo(), i4vgen("code"), i4vgen("paper"), withoutNiVsds());

  private static final List<String> STARTED = Collections.synchronizedList(new ArrayList<>());
  private static NDManager memory;
  private static Models models;

  @TempDir
  Path folder;

  @BeforeAll
  static void open() {
    memory = NDManager.newBaseManager("PyTorch");
    models = new Models(List.of(Path.of("plugins")), memory, Device.cpu(), Optional.empty(), 1L << 30);
  }

  @AfterAll
  static void close() {
    models.close();
    memory.close();
  }

  @BeforeEach
  void forget() {
    STARTED.clear();
  }

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
  void rowsThatWereMadeOtherwiseAreNotMixed() throws IOException {
    run(List.of(textToVideo()), 1, Share.WHOLE);
    Pipeline other = textToVideo().with(Map.of("guidance", "2"));
    assertThatThrownBy(() -> run(List.of(other), 1, Share.WHOLE)).isInstanceOf(BadJob.class)
        .hasMessageContaining("rows of 'text-to-video' were made with other weights, options");
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
    List<Stage> stages = List.of(new TextEncode(), new ImageAnchor(null), new Replicate(null), new Decode());
    Pipeline still = new Pipeline("still", stages, "shapes", Map.of());
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
        "shapes", Map.of());
    Pipeline rgb = new Pipeline("rgb", List.of(new SparseCtrl(null, null, "rgb", null, null, null)), "shapes",
        Map.of());
    PackDescription pack = models.describe("shapes");
    assertThat(stills.given(scribble, pack).parameters().get("image")).isEqualTo(folder + "/{id}-outlines.png");
    assertThat(stills.given(rgb, pack).parameters().get("image")).isEqualTo(folder + "/{id}.png");
    Pipeline told = rgb.with(Map.of("conditions", "samples/pictures/yellow-star.jpg@3"));
    assertThat(stills.given(told, pack)).isEqualTo(told);
  }

  @Test
  void aLineThatIsNoRowIsNamed() throws IOException {
    Path part = folder.resolve("part-1-of-1.csv");
    Files.writeString(part, Row.header() + "\nnonsense\n", StandardOpenOption.CREATE);
    assertThatThrownBy(() -> Report.of(folder)).isInstanceOf(BadJob.class)
        .hasMessageContaining("part-1-of-1.csv:2: not a row of this table");
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
    for (String pack : List.of("shapes", "shapes-lavie")) {
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

  private Collection<Row> run(List<Pipeline> pipelines, int prompts, Share share) throws IOException {
    return run(pipelines, prompts, share, folder);
  }

  private static Collection<Row> run(List<Pipeline> pipelines, int prompts, Share share, Path folder)
      throws IOException {
    Comparison.Plan plan = new Comparison.Plan(new Specs(1).draw(prompts), 1, 1, folder, share, false);
    return new Comparison(context(), memory, pipelines, plan).run((row, done, total, left) -> {});
  }

  private static StageContext context() {
    Progress counting = new Progress() {
      @Override
      public void started(Job job, String stage) {
        STARTED.add(stage);
      }
    };
    return new StageContext(models, counting, Path.of("{id}"));
  }

  private static Pipeline textToVideo() {
    return new Pipeline("text-to-video", List.of(new TextEncode(), new Noise(null, null, null, null),
        new Denoise(null, null, null), new Decode()), "shapes", Map.of()).with(SHORT);
  }

  private static Pipeline i4vgen(String preset) {
    return new Pipeline("i4vgen:" + preset, stages(), "shapes", Map.of("preset", preset)).with(SHORT);
  }

  private static Pipeline withoutNiVsds() {
    List<Stage> stages = stages().stream().filter(stage -> !stage.name().equals("ni-vsds")).toList();
    return new Pipeline("without-ni-vsds", stages, "shapes", Map.of()).with(SHORT);
  }

  private static List<Stage> stages() {
    return List.of(new TextEncode(), new Candidates(null, null, null, null), new ImageReward(), new SelectAnchor(),
        new Replicate(null), new NiVsds(null, null, null, null, null, null), new Noise(null, null, null, null),
        new Denoise(null, null, null), new Decode());
  }

  private static Row withoutSeconds(Row row) {
    Map<Measure, Double> values = new TreeMap<>(row.values());
    values.remove(Measure.SECONDS);
    return new Row(row.pipeline(), row.prompt(), row.repeat(), row.seed(), row.things(), row.recipe(), row.motion(),
        values, row.text());
  }
}
