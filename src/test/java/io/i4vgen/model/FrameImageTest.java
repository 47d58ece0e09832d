// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class FrameImageTest {

  /** A picture whose red tells the column, green the row. */
  private static Pixels picture(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      rgb[3 * i] = (byte) (i % width * 7);
      rgb[3 * i + 1] = (byte) (i / width * 7);
      rgb[3 * i + 2] = (byte) (i * 31 % 251);
    }
    return new Pixels(width, height, rgb);
  }

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }

  @Test
  void aPictureOfTheRightSizeStaysAsItIs() {
    assertThat(new FrameImage(6, 4).pixels(picture(6, 4)).rgb()).isEqualTo(picture(6, 4).rgb());
  }

  @Test
  void theMiddleOfAPictureThatIsTooWideOrTooHighIsTaken() {
    assertThat(new FrameImage(2, 2).pixels(picture(8, 2)).rgb()).isEqualTo(picture(8, 2).crop(3, 0, 2, 2).rgb());
    assertThat(new FrameImage(2, 2).pixels(picture(2, 9)).rgb()).isEqualTo(picture(2, 9).crop(0, 3, 2, 2).rgb());
  }

  /** Cropped as torchvision does, then {@code resize(size, Resampling.BILINEAR)}: smaller and larger. */
  @Test
  void theNumbersAreThoseOfPillow() {
    assertThat(unsigned(new FrameImage(4, 3).pixels(picture(13, 7)).rgb())).containsExactly(
        20, 6, 143, 34, 6, 126, 50, 6, 143, 64, 6, 128, 20, 21, 113, 34, 21, 124, 50, 21, 126, 64, 21, 126, 20, 36,
        114, 34, 36, 108, 50, 36, 124, 64, 36, 116);
    assertThat(unsigned(new FrameImage(5, 4).pixels(picture(3, 2)).rgb())).containsExactly(
        0, 0, 0, 1, 0, 3, 4, 0, 16, 6, 0, 28, 7, 0, 31, 0, 2, 23, 1, 2, 26, 4, 2, 39, 6, 2, 51, 7, 2, 54, 0, 5, 70,
        1, 5, 73, 4, 5, 86, 6, 5, 98, 7, 5, 101, 0, 7, 93, 1, 7, 96, 4, 7, 109, 6, 7, 121, 7, 7, 124);
  }

  @Test
  void onePixelFillsTheWholeFrame() {
    Pixels frame = new FrameImage(3, 2).pixels(new Pixels(1, 1, new byte[] {10, 20, 30}));
    assertThat(frame.rgb()).containsExactly(10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30);
  }

  @Test
  void aLineIsCutToASquareOfItsMiddle() {
    Pixels frame = new FrameImage(2, 2).pixels(picture(9, 1));
    assertThat(unsigned(frame.rgb())).containsExactly(28, 0, 124, 28, 0, 124, 28, 0, 124, 28, 0, 124);
  }

  @Test
  void theTensorHasItsChannelsFirst() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray frame = new FrameImage(2, 1).of(new Pixels(2, 1, new byte[] {1, 2, 3, 4, 5, (byte) 200}), manager);
      assertThat(frame.getDataType()).isEqualTo(DataType.UINT8);
      assertThat(frame.getShape()).isEqualTo(new Shape(1, 3, 1, 2));
      assertThat(unsigned(frame.toByteArray())).containsExactly(1, 4, 2, 5, 3, 200);
    }
  }
}
