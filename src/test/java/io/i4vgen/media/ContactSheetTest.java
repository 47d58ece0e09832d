// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContactSheetTest {

  private static final int GOLD = 0xFFC83C;
  private static final List<Picture> PICTURES = IntStream.range(1, 5)
      .mapToObj(i -> Picture.filled(96, 96, 0x0000FF / i)).toList();

  @Test
  void showsEveryPictureMagnified() {
    Picture sheet = ContactSheet.ofCandidates("four", PICTURES, List.of(0.5, -1.0, 2.25, 0.0), 2);
    for (Picture picture : PICTURES) {
      assertThat(pixels(sheet, picture.color(0, 0))).isEqualTo(4 * 96 * 96);
    }
  }

  @Test
  void framesTheChosenOneOnly() {
    List<Double> rewards = List.of(0.5, -1.0, 2.25, 0.0);
    assertThat(pixels(ContactSheet.ofCandidates("", PICTURES, rewards, 2), GOLD)).isGreaterThan(4 * 4 * 192);
    assertThat(pixels(ContactSheet.ofCandidates("", PICTURES, rewards, -1), GOLD)).isZero();
  }

  @Test
  void writesRewardsAndRanksBelow() {
    Picture written = ContactSheet.ofCandidates("x", PICTURES, List.of(0.5, -1.0, 2.25, 0.0), 2);
    Picture expected = ContactSheet.of("x", List.of(
        new ContactSheet.Tile(PICTURES.get(0), "0  +0.500  rank 2", false),
        new ContactSheet.Tile(PICTURES.get(1), "1  -1.000  rank 4", false),
        new ContactSheet.Tile(PICTURES.get(2), "2  +2.250  rank 1", true),
        new ContactSheet.Tile(PICTURES.get(3), "3  +0.000  rank 3", false)), 2);
    assertThat(written.rgb()).isEqualTo(expected.rgb());
  }

  @Test
  void ranksEqualRewardsInOrder() {
    Picture written = ContactSheet.ofCandidates("x", PICTURES.subList(0, 2), List.of(1.0, 1.0), 0);
    Picture expected = ContactSheet.of("x", List.of(
        new ContactSheet.Tile(PICTURES.get(0), "0  +1.000  rank 1", true),
        new ContactSheet.Tile(PICTURES.get(1), "1  +1.000  rank 2", false)), 2);
    assertThat(written.rgb()).isEqualTo(expected.rgb());
  }

  @Test
  void needsNoRewards() {
    Picture sheet = ContactSheet.ofCandidates("x", PICTURES, List.of(), -1);
    assertThat(pixels(sheet, PICTURES.get(3).color(0, 0))).isEqualTo(4 * 96 * 96);
    assertThatThrownBy(() -> ContactSheet.ofCandidates("x", PICTURES, List.of(1.0), 0))
        .hasMessage("1 rewards for 4 candidates");
  }

  @Test
  void putsFramesInRowsOfEight() {
    Clip clip = new Clip(8, Collections.nCopies(16, Picture.filled(200, 100, 0x123456)));
    Picture sheet = ContactSheet.ofFrames("frames", clip);
    assertThat(sheet.width()).isBetween(8 * 200, 9 * 200);
    assertThat(pixels(sheet, 0x123456)).isEqualTo(16 * 200 * 100);
  }

  @Test
  void aGridHasItsNamesInGoldAboveColumnsAndRows() {
    List<ContactSheet.Tile> tiles = PICTURES.stream().map(one -> new ContactSheet.Tile(one, "x", false)).toList();
    Picture grid = ContactSheet.ofGrid("t", List.of("p=1", "p=2"), List.of("q=1", "q=2"), tiles);
    Picture other = ContactSheet.ofGrid("t", List.of("p=1", "p=2"), List.of("q=1", "q=3"), tiles);
    for (Picture picture : PICTURES) {
      assertThat(pixels(grid, picture.color(0, 0))).isEqualTo(4 * 96 * 96);
    }
    assertThat(pixels(grid, GOLD)).isGreaterThan(100);
    assertThat(other.rgb()).isNotEqualTo(grid.rgb());
    assertThatThrownBy(() -> ContactSheet.ofGrid("t", List.of("p=1"), List.of("q=1", "q=2"), tiles))
        .hasMessage("a grid of 4 tiles in 2 rows and 1 columns");
  }

  @Test
  void aStripHasAllItsPicturesBesideEachOther() {
    Picture strip = ContactSheet.strip(PICTURES);
    assertThat(strip.height()).isEqualTo(96);
    for (Picture picture : PICTURES) {
      assertThat(pixels(strip, picture.color(0, 0))).isEqualTo(96 * 96);
    }
  }

  @Test
  void takesAnyTextInATitle() {
    Picture plain = ContactSheet.of("Grusse, a? ??", tile(), 1);
    assertThat(ContactSheet.of("Grüße, á🌟 ☃\0", tile(), 1).rgb()).isEqualTo(plain.rgb());
    assertThat(ContactSheet.of("x".repeat(1000), tile(), 1).width()).isEqualTo(plain.width());
  }

  private static List<ContactSheet.Tile> tile() {
    return List.of(new ContactSheet.Tile(Picture.filled(400, 10, 0), "caption", false));
  }

  private static long pixels(Picture picture, int color) {
    return IntStream.range(0, picture.width() * picture.height())
        .filter(i -> picture.color(i % picture.width(), i / picture.width()) == color)
        .count();
  }
}
