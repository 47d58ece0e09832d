// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.IntPointer;

/**
 * GIF89a files that loop for ever, with one palette of 255 colours. Times are hundredths of a second, so that 8 frames
 * a second become pauses of 12 and 13 in turn. The recipe is a comment before the first frame; a title has no place.
 */
public final class Gif {

  private static final int OPAQUE = 0xFF000000;
  private static final int TRANSPARENT = Palette.SIZE;
  private static final byte[] COMMENT = {0x21, (byte) 0xFE};
  private static final int FIXED_HEADER = 13;
  private static final int LARGEST_BLOCK = 255;

  private Gif() {}

  /**
   * Writes {@code clip} to {@code target}, which appears whole or not at all.
   *
   * @throws IOException naming {@code target}
   */
  static void write(Clip clip, Path target, Tags tags, Existing existing) throws IOException {
    FreshFiles.write(target, existing, temporary -> {
      encode(clip, temporary);
      byte[] gif = Files.readAllBytes(temporary);
      Files.write(temporary, withComment(gif, tags.recipe()));
    });
  }

  /** The comment before the first frame, or an empty string. */
  static String readRecipe(Path file) throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      byte[] start = new byte[FIXED_HEADER];
      in.readFully(start);
      in.skipNBytes(headerLength(start) - start.length);
      return Arrays.equals(in.readNBytes(2), COMMENT) ? readBlocks(in) : "";
    }
  }

  private static void encode(Clip clip, Path file) throws IOException {
    Palette palette = new Palette(clip);
    VideoWriter.Kind gif = new VideoWriter.Kind("gif", "gif", AV_PIX_FMT_PAL8, Map.of("loop", "0"),
        (picture, frame) -> fill(picture, frame, palette));
    try (VideoWriter writer = new VideoWriter(file, gif, clip.width(), clip.height(), clip.fps(), Tags.NONE)) {
      for (Picture frame : clip.frames()) {
        writer.write(frame);
      }
      writer.finish();
    }
  }

  private static void fill(Picture picture, AVFrame frame, Palette palette) {
    byte[] line = new byte[picture.width()];
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < line.length; x++) {
        line[x] = palette.index(picture.rgb(), 3 * (y * line.length + x));
      }
      frame.data(0).position((long) y * frame.linesize(0)).put(line);
    }
    // what a pixel shares with the frame before is written as the one transparent colour, which packs well
    int[] colors = Arrays.copyOf(Arrays.stream(palette.colors()).map(color -> color | OPAQUE).toArray(), 256);
    Arrays.fill(colors, palette.colors().length, TRANSPARENT, OPAQUE);
    new IntPointer(frame.data(1)).put(colors);
  }

  private static byte[] withComment(byte[] gif, String text) {
    if (text.isEmpty()) {
      return gif;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int header = headerLength(gif);
    out.write(gif, 0, header);
    out.writeBytes(COMMENT);
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    for (int start = 0; start < utf8.length; start += LARGEST_BLOCK) {
      int length = Math.min(LARGEST_BLOCK, utf8.length - start);
      out.write(length);
      out.write(utf8, start, length);
    }
    out.write(0);
    out.write(gif, header, gif.length - header);
    return out.toByteArray();
  }

  private static String readBlocks(DataInputStream in) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int length = in.readUnsignedByte(); length > 0; length = in.readUnsignedByte()) {
      text.write(in.readNBytes(length));
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  /** The length of the signature, the screen's description and the palette, if there is one. */
  private static int headerLength(byte[] gif) {
    int flags = gif[10];
    return FIXED_HEADER + (flags < 0 ? 3 * (2 << (flags & 7)) : 0);
  }
}
