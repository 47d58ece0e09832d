// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.i4vgen.evaluate.shapes.Specs;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
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
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import io.i4vgen.stage.TextEncode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** For tests that run comparisons on the demo pack, with few and small steps. */
abstract class WithComparisons {

  static final Map<String, String> SHORT = Map.of("steps", "2", "candidates", "2", "frames", "4");
  static final List<Pipeline> ALL = List.of(textToVideo(), i4vgen("code"), i4vgen("paper"), withoutNiVsds());

  static final List<String> STARTED = Collections.synchronizedList(new ArrayList<>());
  static NDManager memory;
  static Models models;

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

  Collection<Row> run(List<Pipeline> pipelines, int prompts, Share share) throws IOException {
    return run(pipelines, prompts, share, folder);
  }

  static Collection<Row> run(List<Pipeline> pipelines, int prompts, Share share, Path folder)
      throws IOException {
    Comparison.Plan plan = new Comparison.Plan(new Specs(1).draw(prompts), 1, 1, folder, share, false);
    return new Comparison(context(), memory, pipelines, plan).run((row, done, total, left) -> {});
  }

  static StageContext context() {
    Progress counting = new Progress() {
      @Override
      public void started(Job job, String stage) {
        STARTED.add(stage);
      }
    };
    return new StageContext(models, counting, Path.of("{id}"));
  }

  static Pipeline still() {
    List<Stage> stages = List.of(new TextEncode(), new ImageAnchor(null), new Replicate(null), new Decode(null));
    return new Pipeline("still", stages, "shapes", Map.of());
  }

  static Pipeline textToVideo() {
    return new Pipeline("text-to-video", List.of(new TextEncode(), new Noise(null, null, null, null),
        new Denoise(null, null, null), new Decode(null)), "shapes", Map.of()).with(SHORT);
  }

  static Pipeline i4vgen(String preset) {
    return new Pipeline("i4vgen:" + preset, stages(), "shapes", Map.of("preset", preset)).with(SHORT);
  }

  static Pipeline withoutNiVsds() {
    List<Stage> stages = stages().stream().filter(stage -> !stage.name().equals("ni-vsds")).toList();
    return new Pipeline("without-ni-vsds", stages, "shapes", Map.of()).with(SHORT);
  }

  static List<Stage> stages() {
    return List.of(new TextEncode(), new Candidates(null, null, null, null), new ImageReward(null), new SelectAnchor(),
        new Replicate(null), new NiVsds(null, null, null, null, null, null), new Noise(null, null, null, null),
        new Denoise(null, null, null), new Decode(null));
  }
}
