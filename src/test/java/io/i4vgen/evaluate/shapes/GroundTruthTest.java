// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.media.Picture;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The judge on clips that are right: what it misses here, it would miss in generated ones. */
class GroundTruthTest {

  private static final int CLIPS = 128;

  @Test
  void theJudgeFindsClipsRightThatAre() {
    Judge judge = new Judge();
    GroundTruth truth = new GroundTruth(1);
    List<Spec> specs = new Specs(1).draw(CLIPS);
    Map<Criterion, Double> means = new EnumMap<>(Criterion.class);
    for (Spec spec : specs) {
      Verdict verdict = judge.judge(truth.clip(spec), spec);
      assertThat(verdict.motion()).as(spec.prompt()).isEqualTo(spec.motion());
      assertThat(verdict.dynamic()).as(spec.prompt()).isEqualTo(spec.motion() != Motion.STATIC);
      verdict.shares().forEach((criterion, share) -> means.merge(criterion, share / CLIPS, Double::sum));
    }
    for (Criterion criterion : List.of(Criterion.COLOR, Criterion.COUNT, Criterion.RELATION, Criterion.SCENE)) {
      assertThat(means.get(criterion)).as("%s, mean of all frames", criterion).isGreaterThan(1 - 1e-9);
    }
    assertThat(means.get(Criterion.SHAPE)).isGreaterThanOrEqualTo(0.99);
  }

  @Test
  void aStillIsTheFirstFrameAndItsOutlinesLieAroundTheThings() {
    Spec spec = new Specs(1).draw(2).get(1);
    Picture still = GroundTruth.still(spec, 5);
    assertThat(still.rgb()).isEqualTo(new GroundTruth(5).clip(spec).frames().get(0).rgb());
    Picture outlines = GroundTruth.outlines(spec, 5);
    int white = 0;
    for (int i = 0; i < 128 * 128; i++) {
      int color = outlines.color(i % 128, i / 128);
      assertThat(color >> 16).isEqualTo(color & 0xFF);
      white += (color & 0xFF) > 127 ? 1 : 0;
    }
    FrameFacts facts = new FrameReader().read(still);
    int area = spec.things().stream().mapToInt(thing -> facts.seen(thing).area()).sum();
    assertThat(white).isBetween(100, area);
  }

  @Test
  void theJudgeFindsClipsWrongThatShowSomethingElse() {
    Judge judge = new Judge();
    GroundTruth truth = new GroundTruth(2);
    List<Spec> specs = new Specs(2).draw(32);
    for (int i = 0; i < specs.size(); i++) {
      Spec other = specs.get((i + 1) % specs.size());
      assertThat(judge.judge(truth.clip(specs.get(i)), other).success()).as(other.prompt()).isFalse();
    }
  }
}
