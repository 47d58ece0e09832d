// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import io.i4vgen.media.Picture;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Measures frames: every pixel goes to the nearest of the world's colours, then parts and places are looked at. */
final class FrameReader {

  /** How far a thing's pixel may be from its colour; each of red, green and blue runs from 0 to 1. */
  private static final float FARTHEST = 0.27f;
  private static final int PAINTS = Paint.values().length;

  private final Templates templates = new Templates();
  private final List<float[]> colors = new ArrayList<>();
  /** The scene that each colour speaks for, {@code null} if for none. */
  private final List<Scene> scenes = new ArrayList<>();

  FrameReader() {
    for (Paint paint : Paint.values()) {
      add(paint.color(), null);
    }
    for (Scene scene : Scene.values()) {
      scene.marks().forEach(color -> add(color, scene));
      scene.others().forEach(color -> add(color, null));
    }
  }

  private void add(Rgb color, Scene scene) {
    colors.add(new float[] {level(color.red()), level(color.green()), level(color.blue())});
    scenes.add(scene);
  }

  FrameFacts read(Picture picture) {
    int pixels = picture.width() * picture.height();
    boolean[][] painted = new boolean[PAINTS][pixels];
    int[] votes = new int[Scene.values().length];
    for (int i = 0; i < pixels; i++) {
      sort(picture.rgb(), i, painted, votes);
    }
    Map<Paint, Seen> seen = new EnumMap<>(Paint.class);
    for (Paint paint : Paint.values()) {
      seen.put(paint, Seen.of(new Mask(picture.width(), picture.height(), painted[paint.ordinal()]), templates));
    }
    return new FrameFacts(seen, Scene.values()[largest(votes)]);
  }

  private void sort(byte[] rgb, int pixel, boolean[][] painted, int[] votes) {
    float red = level(rgb[3 * pixel] & 0xFF);
    float green = level(rgb[3 * pixel + 1] & 0xFF);
    float blue = level(rgb[3 * pixel + 2] & 0xFF);
    int nearest = 0;
    float least = Float.MAX_VALUE;
    for (int k = 0; k < colors.size(); k++) {
      float square = square(red, green, blue, colors.get(k));
      // Two squares may have one root; then the first colour keeps the pixel.
      if (square < least && (float) Math.sqrt(square) < (float) Math.sqrt(least)) {
        least = square;
        nearest = k;
      }
    }
    if (nearest < PAINTS) {
      painted[nearest][pixel] = (float) Math.sqrt(least) < FARTHEST;
    } else if (scenes.get(nearest) != null) {
      votes[scenes.get(nearest).ordinal()]++;
    }
  }

  /** Single precision, as in the training's judge: so colours that are equally far away go where they go there. */
  private static float square(float red, float green, float blue, float[] color) {
    float r = red - color[0];
    float g = green - color[1];
    float b = blue - color[2];
    return r * r + g * g + b * b;
  }

  private static float level(int value) {
    return value / 255f;
  }

  private static int largest(int[] votes) {
    int best = 0;
    for (int i = 1; i < votes.length; i++) {
      best = votes[i] > votes[best] ? i : best;
    }
    return best;
  }
}
