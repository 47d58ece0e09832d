// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * MP4 files: H.264 High profile, YUV 4:2:0, the index before the pictures, so that a browser plays them while they
 * load. Odd widths and heights, which 4:2:0 cannot express, are made even by repeating the last column or row. The
 * recipe is the file's comment.
 *
 * <p>Colours are those of sRGB, through the matrix BT.601 at limited range: what players that ignore the tags assume at
 * these sizes. The encoder is Cisco's OpenH264, because FFmpeg's LGPL build has no x264, at a fixed fine quantiser; a
 * clip too rich for its buffer, such as pure noise, gets a coarse one.
 */
public final class Mp4 {

  // what OpenH264 takes
  private static final int SMALLEST_SIDE = 16;
  private static final int LARGEST_AREA = 4096 * 2304;

  private static final Map<String, String> OPTIONS = Map.ofEntries(
      Map.entry("movflags", "+faststart"),
      Map.entry("profile", "high"),
      Map.entry("coder", "cabac"),
      Map.entry("rc_mode", "bitrate"),
      Map.entry("g", "250"),
      Map.entry("colorspace", "smpte170m"),
      Map.entry("color_range", "tv"),
      Map.entry("color_primaries", "bt709"),
      Map.entry("color_trc", "iec61966-2-1"),
      Map.entry("chroma_sample_location", "left"));

  // no eye can tell it from the original
  private static final int FINE_QUANTISER = 14;
  // OpenH264's buffer for a frame holds even coloured noise
  private static final int COARSE_QUANTISER = 28;

  private Mp4() {}

  /**
   * Writes {@code clip} to {@code target}, which appears whole or not at all. The same clip and tags give the same
   * bytes.
   *
   * @throws IOException naming {@code target}, if the encoder refuses the size or the file cannot be written
   */
  static void write(Clip clip, Path target, Tags tags, Existing existing) throws IOException {
    FreshFiles.write(target, existing, temporary -> encode(clip, temporary, tags));
  }

  private static void encode(Clip clip, Path file, Tags tags) throws IOException {
    requireEncodable(even(clip.width()), even(clip.height()));
    try {
      encode(clip, file, tags, FINE_QUANTISER);
    } catch (EncoderException tooManyBits) {
      encode(clip, file, tags, COARSE_QUANTISER);
    }
  }

  private static void encode(Clip clip, Path file, Tags tags, int quantiser) throws IOException {
    // equal bounds fix the quantiser, whatever the rate control would like
    Map<String, String> options = new HashMap<>(OPTIONS);
    options.put("qmin", "" + quantiser);
    options.put("qmax", "" + quantiser);
    try (PixelConverter pixels = new PixelConverter();
        VideoWriter writer = new VideoWriter(
            file,
            new VideoWriter.Kind("mp4", "libopenh264", AV_PIX_FMT_YUV420P, options, pixels::fill),
            even(clip.width()), even(clip.height()), clip.fps(), tags)) {
      for (Picture frame : clip.frames()) {
        writer.write(frame);
      }
      writer.finish();
    }
  }

  private static void requireEncodable(int width, int height) throws IOException {
    if (Math.min(width, height) < SMALLEST_SIDE || (long) width * height > LARGEST_AREA) {
      throw new IOException("frames of " + width + "x" + height + " pixels; H.264 takes sides of at least "
          + SMALLEST_SIDE + " and areas up to " + LARGEST_AREA + " (4096x2304); GIF and PNG take any size");
    }
  }

  private static int even(int size) {
    return size + (size & 1);
  }
}
