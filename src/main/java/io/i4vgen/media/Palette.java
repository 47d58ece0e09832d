// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * At most 255 colours that stand for all of a clip's, by median cut (Heckbert 1982) over colours told apart by 6 bits a
 * channel. A clip of at most 255 such colours keeps them all.
 */
final class Palette {

  static final int SIZE = 255;

  private static final int BITS = 6;
  private static final int CELLS = 1 << 3 * BITS;

  private final int[] counts = new int[CELLS];
  private final long[][] sums = new long[3][CELLS];
  private final byte[] indexByCell = new byte[CELLS];
  private final int[] colors;

  Palette(Clip clip) {
    clip.frames().forEach(this::count);
    List<Box> boxes = cut(IntStream.range(0, CELLS).filter(cell -> counts[cell] > 0).toArray());
    colors = new int[boxes.size()];
    for (int i = 0; i < colors.length; i++) {
      colors[i] = boxes.get(i).mean();
      for (int cell : boxes.get(i).cells) {
        indexByCell[cell] = (byte) i;
      }
    }
  }

  /** The colours, {@code 0xRRGGBB}. */
  int[] colors() {
    return colors.clone();
  }

  /** The index of the colour that stands for the pixel of which the red byte is at {@code offset}. */
  byte index(byte[] rgb, int offset) {
    return indexByCell[cell(rgb, offset)];
  }

  private void count(Picture picture) {
    byte[] rgb = picture.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      int cell = cell(rgb, i);
      counts[cell]++;
      for (int channel = 0; channel < 3; channel++) {
        sums[channel][cell] += rgb[i + channel] & 0xFF;
      }
    }
  }

  private static int cell(byte[] rgb, int i) {
    return high(rgb[i]) << 2 * BITS | high(rgb[i + 1]) << BITS | high(rgb[i + 2]);
  }

  private static int high(byte channel) {
    return (channel & 0xFF) >> 8 - BITS;
  }

  private List<Box> cut(int[] cells) {
    List<Box> boxes = new ArrayList<>(List.of(new Box(cells)));
    while (boxes.size() < SIZE) {
      Box widest = boxes.stream().max(Comparator.comparingLong(Box::weight)).orElseThrow();
      if (widest.weight() == 0) {
        return boxes;
      }
      boxes.remove(widest);
      boxes.addAll(widest.halves());
    }
    return boxes;
  }

  /** A range of colours that are to become one. */
  private final class Box {

    private final int[] cells;
    private final int widestChannel;
    private final int width;
    private final long pixels;

    Box(int[] cells) {
      this.cells = cells;
      widestChannel = IntStream.range(0, 3).boxed().max(Comparator.comparing(this::width)).orElseThrow();
      width = width(widestChannel);
      pixels = Arrays.stream(cells).asLongStream().map(cell -> counts[(int) cell]).sum();
    }

    /** How much a cut would help: the pixels by the largest error they may have. */
    long weight() {
      return pixels * width;
    }

    List<Box> halves() {
      int[] sorted = Arrays.stream(cells).boxed().sorted(Comparator.comparing(cell -> mean(widestChannel, cell)))
          .mapToInt(Integer::intValue).toArray();
      int middle = 1;
      long below = counts[sorted[0]];
      while (middle < sorted.length - 1 && below < pixels / 2) {
        below += counts[sorted[middle++]];
      }
      return List.of(
          new Box(Arrays.copyOf(sorted, middle)), new Box(Arrays.copyOfRange(sorted, middle, sorted.length)));
    }

    int mean() {
      return mean(0) << 16 | mean(1) << 8 | mean(2);
    }

    private int mean(int channel) {
      return (int) Math.round((double) Arrays.stream(cells).mapToLong(cell -> sums[channel][cell]).sum() / pixels);
    }

    private int width(int channel) {
      int[] means = Arrays.stream(cells).map(cell -> mean(channel, cell)).sorted().toArray();
      return cells.length == 1 ? 0 : Math.max(1, means[means.length - 1] - means[0]);
    }

    private int mean(int channel, int cell) {
      return (int) (sums[channel][cell] / counts[cell]);
    }
  }
}
