// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import io.i4vgen.diffusion.PromptPath.Interpolation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PromptPathTest extends WithMemory {

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void aKeyFrameHasItsPromptAndTheWayStandsStillBeforeAndAfter(Interpolation interpolation) {
    NDArray prompts = new TorchRandom(1).normal(manager, new Shape(2, 3, 8));
    NDArray path = new PromptPath(List.of(2, 6), interpolation).along(prompts, 9);
    assertThat(path.getShape()).isEqualTo(new Shape(9, 3, 8));
    for (int frame = 0; frame < 9; frame++) {
      if (frame <= 2 || frame >= 6) {
        assertThat(path.get(frame).toFloatArray()).isEqualTo(prompts.get(frame <= 2 ? 0 : 1).toFloatArray());
      } else {
        assertThat(path.get(frame).toFloatArray()).isNotEqualTo(path.get(frame - 1).toFloatArray());
      }
    }
  }

  @Test
  void linearIsTheStraightLine() {
    NDArray prompts = manager.create(new float[] {0, 8, 4, 0}, new Shape(2, 1, 2));
    NDArray path = new PromptPath(List.of(0, 4), Interpolation.LINEAR).along(prompts, 5);
    assertThat(path.toFloatArray()).containsExactly(new float[] {0, 8, 1, 6, 2, 4, 3, 2, 4, 0}, within(1e-6f));
  }

  @Test
  void slerpTurnsByTheSameAngleEachFrame() {
    NDArray prompts = manager.create(new float[] {2, 0, 0, 2}, new Shape(2, 1, 2));
    NDArray path = new PromptPath(List.of(0, 3), Interpolation.SLERP).along(prompts, 4);
    for (int frame = 0; frame < 4; frame++) {
      double angle = frame * Math.PI / 6;
      assertThat(path.get(frame).toFloatArray()).containsExactly(
          new float[] {(float) (2 * Math.cos(angle)), (float) (2 * Math.sin(angle))}, within(1e-5f));
    }
  }

  @Test
  void slerpOfTheSamePromptIsThatPrompt() {
    NDArray one = new TorchRandom(1).normal(manager, new Shape(1, 3, 8));
    NDArray path = new PromptPath(List.of(0, 4), Interpolation.SLERP).along(one.concat(one, 0), 5);
    assertThat(SchedulerTest.largestDifference(path, one.repeat(0, 5))).isLessThan(1e-6f);
    NDArray opposite = new PromptPath(List.of(0, 4), Interpolation.SLERP).along(one.concat(one.neg(), 0), 5);
    assertThat(opposite.isNaN().any().getBoolean()).isFalse();
  }

  @Test
  void keysThatDoNotAscendAreRefused() {
    for (List<Integer> keys : List.of(List.of(3, 3), List.of(4, 2), List.of(-1))) {
      assertThatThrownBy(() -> new PromptPath(keys, Interpolation.LINEAR)).hasMessageContaining(keys.toString());
    }
    assertThatThrownBy(() -> new PromptPath(List.of(), Interpolation.LINEAR)).hasMessageContaining("a key frame");
  }
}
