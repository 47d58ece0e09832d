// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import ai.djl.ndarray.NDManager;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.model.PackDescription;
import io.i4vgen.stage.StageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Measures what a pipeline takes, from the prompt to the decoded frames (the paper's Table 4). */
public final class RouteTimes {

  private final StageContext context;
  private final NDManager memory;

  /** @param memory owner of the generations' tensors */
  public RouteTimes(StageContext context, NDManager memory) {
    this.context = context;
    this.memory = memory;
  }

  /**
   * The job that is measured.
   *
   * @param prompt {@code null} for the first example of the pipeline's pack
   * @throws BadJob if that is missing too, or the pack is unknown
   */
  public Job job(Pipeline pipeline, String prompt) {
    PackDescription pack = pipeline.pack(context.models());
    String text = prompt != null ? prompt : pack.about().examples().stream().findFirst().orElseThrow(() ->
        new BadJob("pack '%s' has no example of a prompt: name one with --prompt".formatted(pack.name())));
    return new Job("bench", text, null, 1, pack.folder().toString(), pipeline.parameters());
  }

  /** Loads the networks by a run of one step, so that it is not measured. */
  public void warmUp(Pipeline pipeline, Job job) {
    Map<String, String> parameters = new TreeMap<>(job.parameters());
    if (pipeline.options().contains("steps")) {
      parameters.put("steps", "1");
    }
    measure(pipeline, new Job(job.id(), job.prompt(), null, job.seed(), job.model(), parameters), 1);
  }

  /** What each of so many runs takes; nothing is shared between them. */
  public List<Cost> measure(Pipeline pipeline, Job job, int runs) {
    List<Cost> costs = new ArrayList<>();
    Task task = new Task(pipeline.stages(), job, pipeline.pack(context.models()));
    for (int run = 0; run < runs; run++) {
      try (SharedStages stages = new SharedStages(context, memory, List.of(task))) {
        costs.add(stages.run(task, SharedStages.Made::cost));
      }
    }
    return costs;
  }
}
