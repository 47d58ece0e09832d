// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.WithMemory;
import io.i4vgen.diffusion.ContextWindows.Movement;
import io.i4vgen.diffusion.ContextWindows.Weights;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ContextWindowsTest extends WithMemory {

  static Stream<ContextWindows> windows() {
    return Stream.of(Movement.values()).flatMap(movement -> Stream.of(Weights.values()).flatMap(weights ->
        Stream.of(new int[] {16, 16}, new int[] {16, 4}, new int[] {16, 1}, new int[] {5, 3}, new int[] {1, 1})
            .map(size -> new ContextWindows(size[0], size[1], movement, weights))));
  }

  private NDArray video(int frames) {
    return new TorchRandom(1).normal(manager, new Shape(frames, 2, 4, 4));
  }

  @ParameterizedTest
  @MethodSource("windows")
  void everyFrameIsInAWindowAndEveryWindowInTheVideo(ContextWindows windows) {
    for (int frames : new int[] {17, 24, 33, 48, 100}) {
      for (int timestep = 1; timestep < 1000; timestep += 37) {
        int[] starts = windows.starts(frames, timestep);
        Set<Integer> covered = new HashSet<>();
        for (int start : starts) {
          IntStream.range(start, start + windows.length()).forEach(covered::add);
        }
        assertThat(covered).containsExactlyInAnyOrderElementsOf(IntStream.range(0, frames).boxed().toList());
        for (int i = 1; i < starts.length; i++) {
          assertThat(starts[i] - starts[i - 1]).isBetween(1, windows.stride());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("windows")
  void weightsArePositiveAndSymmetric(ContextWindows windows) {
    float[] weights = windows.frameWeights();
    assertThat(weights).hasSize(windows.length());
    for (int i = 0; i < weights.length; i++) {
      assertThat(weights[i]).isPositive().isEqualTo(weights[weights.length - 1 - i]);
    }
  }

  @Test
  void fixedWindowsStandWhereFreeNoiseHasThem() {
    ContextWindows fixed = new ContextWindows(16, 4, Movement.FIXED, Weights.FLAT);
    assertThat(fixed.starts(16, 7)).containsExactly(0);
    assertThat(fixed.starts(26, 7)).containsExactly(0, 4, 8, 10);
    assertThat(fixed.starts(26, 961)).containsExactly(0, 4, 8, 10);
  }

  @Test
  void shiftedWindowsLeaveNoFrameAlwaysBesideABorder() {
    ContextWindows shifted = new ContextWindows(16, 12, Movement.SHIFTED, Weights.FLAT);
    for (int stride : new int[] {40, 20, 1}) { // of the timesteps: 25, 50 and 1000 steps
      Set<Integer> inner = new HashSet<>();
      for (int timestep = 1; timestep < 25 * stride; timestep += stride) {
        inner.add(shifted.starts(64, timestep)[1]);
      }
      assertThat(inner).hasSize(12);
    }
  }

  @ParameterizedTest
  @MethodSource("windows")
  void aModelThatSeesOneFrameAtATimeGivesTheSameForEveryWindowing(ContextWindows windows) {
    NDArray latent = video(37);
    Denoiser local = (part, t) -> part.sin().mul(t).add(part.mean(new int[] {3}, true));
    NDArray whole = local.predict(latent, 3);
    NDArray windowed = new WindowedDenoiser(windows, (from, to) -> local).predict(latent, 3);
    assertThat(SchedulerTest.largestDifference(windowed, whole)).isLessThan(1e-5f);
  }

  @ParameterizedTest
  @EnumSource(Movement.class)
  void oneWindowIsThePlainModelToTheBit(Movement movement) {
    NDArray latent = video(16);
    Denoiser model = (part, t) -> part.sub(part.mean(new int[] {0}, true)).mul(0.3);
    WindowedDenoiser windowed = new WindowedDenoiser(new ContextWindows(16, 4, movement, Weights.PYRAMID),
        (from, to) -> {
          assertThat(from).isZero();
          assertThat(to).isEqualTo(16);
          return model;
        });
    assertThat(windowed.predict(latent, 961).toFloatArray()).isEqualTo(model.predict(latent, 961).toFloatArray());
  }

  @Test
  void aFrameInTwoWindowsIsTheirMeanByWeight() {
    ContextWindows windows = new ContextWindows(4, 2, Movement.FIXED, Weights.PYRAMID);
    NDArray predicted = new WindowedDenoiser(windows, (from, to) -> (part, t) -> part.zerosLike().add(from))
        .predict(video(6), 1);
    float[] frames = predicted.get(":, 0, 0, 0").toFloatArray(); // windows from 0 and 2; weights 1 2 2 1
    assertThat(frames).containsExactly(0, 0, 2 / 3f, 4 / 3f, 2, 2);
  }

  @Test
  void nothingNativeIsLeftButThePrediction() {
    ContextWindows windows = new ContextWindows(4, 2, Movement.SHIFTED, Weights.PYRAMID);
    WindowedDenoiser denoiser = new WindowedDenoiser(windows, (from, to) -> (part, t) -> part.mul(2));
    NDArray latent = video(9);
    int before = manager.getManagedArrays().size();
    NDArray kept = denoiser.predict(latent, 5);
    assertThat(manager.getManagedArrays()).hasSize(before + 1);
    kept.close();
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void sizesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new ContextWindows(0, 1, Movement.FIXED, Weights.FLAT))
        .hasMessage("context windows: length 0 must be 1 or more");
    assertThatThrownBy(() -> new ContextWindows(8, 9, Movement.FIXED, Weights.FLAT))
        .hasMessage("context windows: stride 9 must be 1 to the length 8");
    assertThatThrownBy(() -> new FreeNoise(8, 9)).hasMessageContaining("window 8").hasMessageContaining("stride 9");
  }

  @Test
  void rescheduledNoiseRepeatsThatOfTheFirstWindowInAnotherOrder() {
    FreeNoise free = new FreeNoise(16, 4);
    int[] sources = free.sources(64, new TorchRandom(3));
    int[] numbers = IntStream.range(0, 16).toArray();
    assertThat(Arrays.copyOf(sources, 16)).isEqualTo(numbers);
    for (int start = 4; start + 16 <= 64; start += 4) {
      int[] seen = Arrays.copyOfRange(sources, start, start + 16);
      Arrays.sort(seen);
      assertThat(seen).as("every window has every noise once, from %d", start).isEqualTo(numbers);
    }
    assertThat(Arrays.copyOfRange(sources, 16, 32)).isNotEqualTo(numbers);
    assertThat(free.sources(64, new TorchRandom(3))).isEqualTo(sources);
    assertThat(free.sources(41, new TorchRandom(3))).isEqualTo(Arrays.copyOf(sources, 41));
    assertThat(free.sources(5, new TorchRandom(3))).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void framesGetTheNoiseOfTheirSources() {
    NDArray noise = video(21);
    int[] sources = new FreeNoise(8, 4).sources(21, new TorchRandom(9));
    NDArray rescheduled = new FreeNoise(8, 4).reschedule(noise, new TorchRandom(9));
    assertThat(rescheduled.getShape()).isEqualTo(noise.getShape());
    for (int i = 0; i < 21; i++) {
      assertThat(rescheduled.get(i).toFloatArray()).isEqualTo(noise.get(sources[i]).toFloatArray());
    }
  }
}
