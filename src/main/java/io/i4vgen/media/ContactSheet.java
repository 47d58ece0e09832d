// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Many small pictures on one, each with a line below it, for looking at what happened. */
public final class ContactSheet {

  /**
   * One picture on the sheet.
   *
   * @param chosen whether it is framed
   */
  public record Tile(Picture picture, String caption, boolean chosen) {}

  private static final int BACKGROUND = 0x202024;
  private static final int TEXT = 0xE8E8E8;
  private static final int GOLD = 0xFFC83C;
  private static final int GAP = 12;
  private static final int FRAME = 4;
  private static final int SEAM = 2;
  private static final int TEXT_SCALE = 2;
  private static final int LINE = BitmapFont.lineHeight(TEXT_SCALE);
  private static final int LEGIBLE_WIDTH = 192;
  private static final int FRAMES_A_ROW = 8;

  private final BitmapFont font = new BitmapFont();
  private final List<Tile> tiles;
  private final int columns;
  private final int tileWidth;
  private final int tileHeight;
  private final int labels;
  private final Picture sheet;

  /** @param labels lines above the tiles, and above each row of them, that are kept free */
  private ContactSheet(List<Tile> tiles, int columns, int labels) {
    this.tiles = tiles;
    this.columns = columns;
    this.labels = labels;
    tileWidth = tiles.stream().mapToInt(tile -> magnified(tile.picture).width()).max().orElseThrow();
    tileHeight = tiles.stream().mapToInt(tile -> magnified(tile.picture).height()).max().orElseThrow();
    int rows = (tiles.size() + columns - 1) / columns;
    sheet = Picture.filled(left(columns), top(rows), BACKGROUND);
  }

  /**
   * A sheet of tiles in reading order under a title. Small pictures are magnified by a whole number.
   *
   * @param columns at least 1
   * @throws IllegalArgumentException if there is no tile or {@code columns} is below 1
   */
  public static Picture of(String title, List<Tile> tiles, int columns) {
    if (tiles.isEmpty() || columns < 1) {
      throw new IllegalArgumentException(
          "a contact sheet of " + tiles.size() + " tiles in " + columns + " columns; both must be at least 1");
    }
    return new ContactSheet(tiles, Math.min(columns, tiles.size()), 0).drawn(title);
  }

  /**
   * A sheet of tiles in rows and columns that have names.
   *
   * @param columns the name above each column
   * @param rows the name above each row; an empty one takes a line too
   * @param tiles row by row
   * @throws IllegalArgumentException if there are not as many tiles as rows times columns, or none
   */
  public static Picture ofGrid(String title, List<String> columns, List<String> rows, List<Tile> tiles) {
    if (tiles.isEmpty() || tiles.size() != rows.size() * columns.size()) {
      throw new IllegalArgumentException("a grid of %d tiles in %d rows and %d columns".formatted(tiles.size(),
          rows.size(), columns.size()));
    }
    ContactSheet sheet = new ContactSheet(tiles, columns.size(), 1);
    for (int i = 0; i < columns.size(); i++) {
      sheet.label(sheet.left(i), GAP + LINE + GAP, sheet.tileWidth, columns.get(i));
    }
    for (int i = 0; i < rows.size(); i++) {
      sheet.label(GAP, sheet.top(i) - LINE, sheet.sheet.width() - 2 * GAP, rows.get(i));
    }
    return sheet.drawn(title);
  }

  /**
   * Pictures side by side.
   *
   * @param pictures one or more, of one height
   */
  public static Picture strip(List<Picture> pictures) {
    int width = pictures.stream().mapToInt(Picture::width).sum() + (pictures.size() - 1) * SEAM;
    Picture strip = Picture.filled(width, pictures.get(0).height(), BACKGROUND);
    int left = 0;
    for (Picture picture : pictures) {
      strip.draw(picture, left, 0);
      left += picture.width() + SEAM;
    }
    return strip;
  }

  /**
   * The candidates with their rewards and ranks (1 is the highest reward), the chosen one framed.
   *
   * @param rewards one a candidate, or none at all
   * @param chosen index of the anchor, or a negative number for none
   */
  public static Picture ofCandidates(String title, List<Picture> candidates, List<Double> rewards, int chosen) {
    if (!rewards.isEmpty() && rewards.size() != candidates.size()) {
      throw new IllegalArgumentException(rewards.size() + " rewards for " + candidates.size() + " candidates");
    }
    List<Tile> tiles = IntStream.range(0, candidates.size())
        .mapToObj(i -> new Tile(candidates.get(i), caption(i, rewards), i == chosen))
        .toList();
    return of(title, tiles, (int) Math.ceil(Math.sqrt(tiles.size())));
  }

  /** The frames of a clip with their numbers, from 0, and their times in seconds. */
  public static Picture ofFrames(String title, Clip clip) {
    List<Tile> tiles = IntStream.range(0, clip.frames().size())
        .mapToObj(i -> new Tile(clip.frames().get(i), format("%d  %.3f s", i, i / clip.fps()), false))
        .toList();
    return of(title, tiles, FRAMES_A_ROW);
  }

  private static String caption(int index, List<Double> rewards) {
    return rewards.isEmpty() ? "" + index
        : format("%d  %+.3f  rank %d", index, rewards.get(index), rank(index, rewards));
  }

  private static int rank(int index, List<Double> rewards) {
    return 1 + IntStream.range(0, rewards.size()).boxed()
        .sorted(Comparator.comparing(rewards::get, Comparator.reverseOrder()))
        .toList().indexOf(index);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private Picture drawn(String title) {
    font.write(sheet, GAP, GAP, sheet.width() - 2 * GAP, TEXT_SCALE, TEXT, title);
    for (int i = 0; i < tiles.size(); i++) {
      draw(tiles.get(i), left(i % columns), top(i / columns));
    }
    return sheet;
  }

  private void label(int left, int top, int width, String text) {
    font.write(sheet, left, top, width, TEXT_SCALE, GOLD, text);
  }

  private void draw(Tile tile, int left, int top) {
    int color = tile.chosen ? GOLD : TEXT;
    Picture picture = magnified(tile.picture);
    if (tile.chosen) {
      sheet.fill(left - FRAME, top - FRAME, picture.width() + 2 * FRAME, picture.height() + 2 * FRAME, GOLD);
    }
    sheet.draw(picture, left, top);
    font.write(sheet, left, top + tileHeight + FRAME + 2, tileWidth, TEXT_SCALE, color, tile.caption);
  }

  private int left(int column) {
    return GAP + column * (tileWidth + GAP);
  }

  private int top(int row) {
    return GAP + LINE + GAP + labels * (2 * LINE + GAP / 2) + row * (tileHeight + FRAME + LINE + GAP + labels * LINE);
  }

  private static Picture magnified(Picture picture) {
    return picture.magnified((LEGIBLE_WIDTH + picture.width() - 1) / picture.width());
  }
}
