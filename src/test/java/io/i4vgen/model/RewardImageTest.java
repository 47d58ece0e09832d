// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RewardImageTest {

  private static final float[] ZERO = {0, 0, 0};
  private static final float[] ONE = {1, 1, 1};

  @Test
  void bytesAndFractionsGiveTheSameNumbersForEveryImageOfABatch() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray fractions = manager.arange(0f, 2 * 3 * 20 * 30, 1).reshape(2, 3, 20, 30).mod(256).div(255);
      NDArray bytes = fractions.mul(255).round().toType(DataType.UINT8, false);
      RewardImage reward = new RewardImage(16, ZERO, ONE);
      assertThat(reward.of(fractions)).isEqualTo(reward.of(bytes));
      assertThat(reward.of(fractions).getShape()).isEqualTo(new Shape(2, 3, 16, 16));
      assertThat(reward.of(fractions).get("1:2")).isEqualTo(reward.of(bytes.get("1:2")));
    }
  }

  @Test
  void anImageOfTheRightSizeKeepsItsColours() {
    byte[] colours = {0, 1, 2, 127, (byte) 128, (byte) 255, 3, 4, 5, 6, 7, 8};
    Pixels image = new Pixels(2, 2, colours);
    assertThat(new RewardImage(2, ZERO, ONE).square(image).rgb()).containsExactly(colours);
  }

  @Test
  void theMiddleIsRoundedHalfToEven() {
    byte[] row = new byte[3 * 7];
    for (int i = 0; i < row.length; i++) {
      row[i] = (byte) (i / 3);
    }
    assertThat(new RewardImage(1, ZERO, ONE).square(new Pixels(4, 1, Arrays.copyOf(row, 12))).rgb())
        .containsExactly(2, 2, 2);
    assertThat(new RewardImage(1, ZERO, ONE).square(new Pixels(6, 1, Arrays.copyOf(row, 18))).rgb())
        .containsExactly(2, 2, 2);
  }

  /** The numbers are Pillow 12.3's; with the passes the other way round, 14 of them would differ. */
  @Test
  void anImageMoreThanAHundredTimesAsHighAsWideIsTakenDownFirst() {
    byte[] rgb = new byte[3 * 12 * 1209];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % 12;
      int y = i / 36;
      rgb[i] = (byte) ((x * x * 37 + y * y * 11 + i % 3 * 5) % 251);
    }
    assertThat(new RewardImage(5, ZERO, ONE).square(new Pixels(12, 1209, rgb)).rgb()).containsExactly(
        124, -127, -122, 120, 125, -126, 91, 96, 101, 126, -123, -127, 115, 124, -124, 105, 110, 115, -107, -102, -97,
        -106, -99, -94, -107, -117, 107, -123, 85, 89, 104, 109, 114, 100, 105, 110, 100, 107, 112, 115, 101, 109, -46,
        -63, -58, 79, 84, 89, 123, -128, -123, 122, 127, -124, 120, 127, -123, -104, -97, -92, -125, -120, -114, 100,
        105, 112, 119, 121, 113, -119, -114, 116, 100, 105, 114);
  }

  @Test
  void coloursOutsideTheirRangeAreClamped() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray image = manager.create(new float[] {-3, 0.5f, 7}, new Shape(1, 3, 1, 1));
      assertThat(new RewardImage(1, ZERO, ONE).of(image).toFloatArray()).containsExactly(0, 128 / 255f, 1);
    }
  }

  @Test
  void aWrongShapeIsRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      RewardImage reward = new RewardImage(4, ZERO, ONE);
      assertThatThrownBy(() -> reward.of(manager.zeros(new Shape(3, 8, 8))))
          .hasMessage("images must be [n, 3, height, width], are (3, 8, 8)");
      assertThatThrownBy(() -> new Pixels(2, 2, new byte[11]))
          .hasMessage("an image of 2x2 pixels has 12 bytes, not 11");
    }
  }
}
