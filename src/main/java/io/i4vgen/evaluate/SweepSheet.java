// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.media.Clip;
import io.i4vgen.media.ContactSheet;
import io.i4vgen.media.Picture;
import io.i4vgen.media.Png;
import io.i4vgen.media.Tags;
import io.i4vgen.media.VideoReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The videos of a sweep on one picture: the last axis goes to the right, the others down, each video as a strip of
 * frames.
 */
final class SweepSheet {

  private static final int STRIP_WIDTH = 1024;
  private static final int STRIP_FRAMES = 4;

  private SweepSheet() {}

  /** @param rows of all cells, in their order */
  static void write(Sweep.Plan plan, List<SweepRow> rows, Path file) throws IOException {
    Axis across = plan.axes().get(plan.axes().size() - 1);
    List<Axis> down = plan.axes().subList(0, plan.axes().size() - 1);
    List<ContactSheet.Tile> tiles = new ArrayList<>();
    for (SweepRow row : rows) {
      Clip clip = VideoReader.read(plan.folder().resolve(row.file()));
      tiles.add(new ContactSheet.Tile(strip(clip), row.summary(), false));
    }
    List<String> columns = across.values().stream().map(value -> across.option() + "=" + value).toList();
    List<String> lines = Cell.all(down).stream().map(Cell::text).toList();
    String title = plan.variesSeed() ? plan.prompt() : "%s  (seed %d)".formatted(plan.prompt(), plan.seed());
    Png.write(ContactSheet.ofGrid(title, columns, lines, tiles), file, new Tags(plan.prompt(), ""));
  }

  /** So many frames side by side as are legible, the first and the last among them if there are two or more. */
  private static Picture strip(Clip clip) {
    int count = Math.max(1, Math.min(Math.min(STRIP_FRAMES, clip.frames().size()), STRIP_WIDTH / clip.width()));
    int last = clip.frames().size() - 1;
    Set<Integer> shown = count == 1 ? Set.of(last / 2) : IntStream.range(0, count)
        .mapToObj(i -> Math.round((float) i * last / (count - 1))).collect(Collectors.toCollection(LinkedHashSet::new));
    return ContactSheet.strip(shown.stream().map(clip.frames()::get).toList());
  }
}
