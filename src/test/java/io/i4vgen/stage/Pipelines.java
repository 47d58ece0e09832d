// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
import io.i4vgen.model.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The stages of I4VGen run one after the other on the demo pack, without Camel. */
final class Pipelines implements AutoCloseable {

  private final NDManager memory = NDManager.newBaseManager("PyTorch");
  private final Models models;
  private final StageRunner runner;

  Pipelines(Path output) {
    this(output, new Progress() {});
  }

  Pipelines(Path output, Progress progress) {
    this(output, progress, Precision.FP32);
  }

  Pipelines(Path output, Progress progress, Precision precision) {
    models = new Models(List.of(Path.of("plugins"), output), memory, Device.cpu(), Optional.of(precision), 1L << 30);
    runner = new StageRunner(new StageContext(models, progress, output.resolve("{id}")));
  }

  static Job job(String prompt, long seed, Map<String, String> parameters) {
    return new Job("test", prompt, null, seed, "shapes", parameters);
  }

  static List<Stage> i4vgen() {
    return List.of(new TextEncode(), new Candidates(null, null, null, null), new ImageReward(null), new SelectAnchor(),
        new Replicate(null), new NiVsds(null, null, null, null, null, null), new Noise(null, null, null, null),
        new Denoise(null, null, null), new Decode(null), new EncodeVideo(null, null, null));
  }

  static List<Stage> textToVideo() {
    return List.of(new TextEncode(), new Noise(null, null, null, null), new Denoise(null, null, null), new Decode(null),
        new EncodeVideo(null, null, null));
  }

  /** The stage of that name of {@link #i4vgen}. */
  static Stage step(String name) {
    return i4vgen().stream().filter(stage -> stage.name().equals(name)).findFirst().orElseThrow();
  }

  /** All of {@code stages} but those named. */
  static List<Stage> without(List<Stage> stages, String... names) {
    return stages.stream().filter(stage -> !List.of(names).contains(stage.name())).toList();
  }

  /** Runs the stages; the caller closes what comes out. */
  Generation run(Job job, List<Stage> stages) {
    Generation generation = Generation.of(job, memory);
    try {
      for (Stage stage : stages) {
        generation = runner.run(stage, generation);
      }
      return generation;
    } catch (RuntimeException e) {
      generation.close();
      throw e;
    }
  }

  Models models() {
    return models;
  }

  /** How many native tensors there are. */
  int tensors() {
    return memory.getManagedArrays().size();
  }

  @Override
  public void close() {
    models.close();
    memory.close();
  }
}
