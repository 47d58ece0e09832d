// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClipTest {

  @Test
  void takesFramesAsBytes() {
    Clip clip = new Clip(8, List.of(new Picture(2, 1, new byte[] {1, 2, 3, (byte) 0xFF, 0, 16})));
    assertThat(clip.width()).isEqualTo(2);
    assertThat(clip.frames().get(0).color(0, 0)).isEqualTo(0x010203);
    assertThat(clip.frames().get(0).color(1, 0)).isEqualTo(0xFF0010);
  }

  @Test
  void refusesBytesThatDoNotFitTheSize() {
    assertThatThrownBy(() -> new Picture(2, 2, new byte[11]))
        .hasMessage("a picture of 2x2 pixels needs 12 bytes, not 11");
    assertThatThrownBy(() -> new Picture(0, 2, new byte[0]))
        .hasMessage("a picture of 0x2 pixels; both must be at least 1");
  }

  @Test
  void refusesNoFramesOrFramesOfTwoSizes() {
    assertThatThrownBy(() -> new Clip(8, List.of())).hasMessage("a clip without frames; it needs at least one");
    assertThatThrownBy(() -> new Clip(8, List.of(Picture.filled(2, 2, 0), Picture.filled(2, 3, 0))))
        .hasMessage("frame 1 is 2x3 but frame 0 is 2x2; all must be of one size");
  }

  @Test
  void refusesARateThatIsNone() {
    for (double fps : new double[] {0, -1, Double.NaN, 1001}) {
      assertThatThrownBy(() -> new Clip(fps, List.of(Picture.filled(1, 1, 0))))
          .hasMessage("fps " + fps + "; must be above 0 and at most 1000");
    }
  }
}
