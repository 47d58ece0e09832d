// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TorchRandomTest {

  @Test
  void drawsTheSameNumbersForTheSameSeed() {
    assertThat(new TorchRandom(7).normal(100)).isEqualTo(new TorchRandom(7).normal(100));
    assertThat(new TorchRandom(7).normal(100)).isNotEqualTo(new TorchRandom(8).normal(100));
  }

  @Test
  void onlyTheLowThirtyTwoBitsOfASeedCount() {
    assertThat(new TorchRandom((1L << 32) + 5).uniform(40)).isEqualTo(new TorchRandom(5).uniform(40));
    assertThat(new TorchRandom(-1).uniform(40)).isEqualTo(new TorchRandom(0xFFFFFFFFL).uniform(40));
  }

  @Test
  void theSecondValueOfASmallDrawWaitsThroughALargeOne() {
    TorchRandom random = new TorchRandom(3);
    float[] pair = new TorchRandom(3).normal(2);
    assertThat(random.normal(1)).containsExactly(pair[0]);
    random.normal(32);
    assertThat(random.normal(1)).containsExactly(pair[1]);
  }

  @Test
  void aNoiseImageDoesNotDependOnHowManyThereAre() {
    try (NDManager memory = NDManager.newBaseManager()) {
      Seeds seeds = new Seeds(7);
      for (Shape image : List.of(new Shape(3, 5, 7), new Shape(1, 1, 3), new Shape(4, 3, 3), new Shape(4, 8, 8))) {
        float[] two = seeds.noise(Seeds.INITIAL, memory, new Shape(2).addAll(image)).toFloatArray();
        float[] five = seeds.noise(Seeds.INITIAL, memory, new Shape(5).addAll(image)).toFloatArray();
        assertThat(Arrays.copyOf(five, two.length)).isEqualTo(two);
      }
    }
  }

  @Test
  void noiseOfWholeBlocksIsWhatPyTorchDraws() {
    try (NDManager memory = NDManager.newBaseManager()) {
      Shape shape = new Shape(3, 4, 2, 2);
      assertThat(new TorchRandom(5).leading(memory, shape).toFloatArray()).isEqualTo(new TorchRandom(5).normal(48));
    }
  }

  @Test
  void drawsNothingForZeroNumbers() {
    assertThat(new TorchRandom(1).normal(0)).isEmpty();
    assertThat(new TorchRandom(1).permutation(0)).isEmpty();
  }

  @Test
  void permutesEveryNumberOnce() {
    assertThat(new TorchRandom(1).permutation(1000)).containsExactlyInAnyOrder(LongStream.range(0, 1000).toArray());
  }

  @Test
  void integersStayBelowTheBoundAlsoForWideOnes() {
    assertThat(LongStream.of(new TorchRandom(1).integers(3, 100))).allMatch(i -> i >= 0 && i < 3);
    assertThat(LongStream.of(new TorchRandom(1).integers(1L << 40, 100))).allMatch(i -> i >= 0 && i < 1L << 40);
    assertThatThrownBy(() -> new TorchRandom(1).integers(0, 1)).hasMessageContaining("bound 0");
  }

  @Test
  void everyPurposeHasItsOwnSeed() {
    Seeds seeds = new Seeds(42);
    assertThat(LongStream.of(seeds.seed(Seeds.INITIAL), seeds.seed(Seeds.NI_VSDS), seeds.seed(Seeds.NOISE),
        seeds.seed(Seeds.DENOISE), new Seeds(43).seed(Seeds.INITIAL)).distinct().count()).isEqualTo(5);
    assertThat(seeds.random(Seeds.NOISE).normal(20)).isEqualTo(new TorchRandom(seeds.seed(Seeds.NOISE)).normal(20));
  }

  @Test
  void seedsNeverChangeBetweenReleases() {
    assertThat(new Seeds(0).seed("initial")).isEqualTo(476996486L);
    assertThat(new Seeds(Long.MIN_VALUE).seed("denoise")).isEqualTo(1875163238L);
  }
}
