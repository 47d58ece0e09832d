// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.List;

/**
 * The printable ASCII characters as 5x8 pixels, from {@code font.txt}: text looks the same everywhere, also on servers
 * without fonts. Accents are dropped; other characters become a question mark.
 */
final class BitmapFont {

  private static final int GLYPH_WIDTH = 5;
  private static final int GLYPH_HEIGHT = 8;
  private static final int GLYPHS_A_BAND = 16;

  private final List<String> art;

  BitmapFont() {
    try (InputStream resource = BitmapFont.class.getResourceAsStream("font.txt")) {
      art = new String(resource.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The height of a line, the gap below it included. */
  static int lineHeight(int scale) {
    return (GLYPH_HEIGHT + 1) * scale;
  }

  /** Writes {@code text} on one line, cut with two dots if it is wider than {@code width} pixels. */
  void write(Picture picture, int left, int top, int width, int scale, int color, String text) {
    int x = left;
    for (char c : fitted(plain(text), width / ((GLYPH_WIDTH + 1) * scale)).toCharArray()) {
      writeGlyph(picture, x, top, scale, color, c);
      x += (GLYPH_WIDTH + 1) * scale;
    }
  }

  private void writeGlyph(Picture picture, int left, int top, int scale, int color, char c) {
    int index = c - ' ';
    int row = index / GLYPHS_A_BAND * (GLYPH_HEIGHT + 1);
    int column = index % GLYPHS_A_BAND * (GLYPH_WIDTH + 1);
    for (int y = 0; y < GLYPH_HEIGHT; y++) {
      for (int x = 0; x < GLYPH_WIDTH; x++) {
        if (art.get(row + y).charAt(column + x) == '#') {
          picture.fill(left + x * scale, top + y * scale, scale, scale, color);
        }
      }
    }
  }

  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFD)
        .replaceAll("\\p{M}", "")
        .replace("ß", "ss")
        .replaceAll("\\s", " ")
        .replaceAll("[^ -~]", "?");
  }

  private static String fitted(String text, int length) {
    return text.length() <= length ? text : text.substring(0, Math.max(0, length - 2)) + "..";
  }
}
