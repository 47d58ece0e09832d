// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What came of a job, as plain data that outlives its tensors.
 *
 * @param job what was asked for
 * @param route the pipeline that ran
 * @param facts what the stages said
 * @param rewards of the candidates in their order, empty if they were not scored
 * @param provenance the stages that ran, with their options
 */
public record Outcome(Job job, String route, Map<Fact, String> facts, List<Float> rewards, List<Step> provenance) {

  /** Of a job whose route has no stage. */
  static Outcome of(Job job) {
    return new Outcome(job, "", Map.of(), List.of(), List.of());
  }

  static Outcome of(Generation generation) {
    List<Float> rewards = new ArrayList<>();
    for (float reward : generation.rewards()) {
      rewards.add(reward);
    }
    return new Outcome(generation.job(), "", generation.facts(), List.copyOf(rewards), generation.provenance());
  }

  Outcome by(String pipeline) {
    return new Outcome(job, pipeline, facts, rewards, provenance);
  }

  /** The video, if the route wrote one. */
  public Optional<Path> file() {
    return Optional.ofNullable(facts.get(Fact.FILE)).map(Path::of);
  }

  /** Which candidate became the anchor, from 0, if there was a choice. */
  public Optional<Integer> anchor() {
    return Optional.ofNullable(facts.get(Fact.ANCHOR)).map(Integer::valueOf);
  }
}
