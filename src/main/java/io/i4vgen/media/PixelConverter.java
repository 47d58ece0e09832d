// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static io.i4vgen.media.Ffmpeg.check;
import static io.i4vgen.media.Ffmpeg.require;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BITEXACT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_DEFAULT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INP;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import java.io.IOException;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Between RGB24 pictures and FFmpeg's frames, rounding exactly, one way and one size an instance. RGB is of full range;
 * a YUV frame's matrix and range are those it is tagged with (untagged: BT.601, limited range).
 */
final class PixelConverter implements AutoCloseable {

  private static final int FLAGS =
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT;
  private static final int ONE = 1 << 16;

  private final AVFrame rgb = av_frame_alloc();
  private SwsContext context;

  /** The way from pictures to YUV 4:2:0 frames of {@code width x height}, the matrix and range being the frame's. */
  void fill(Picture picture, AVFrame frame) throws IOException {
    prepare(frame, AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P);
    check(av_frame_make_writable(rgb), "a frame's memory");
    put(picture);
    convert(rgb, frame);
  }

  /** The picture of a frame of any pixel format. */
  Picture picture(AVFrame frame) throws IOException {
    prepare(frame, frame.format(), AV_PIX_FMT_RGB24);
    convert(frame, rgb);
    Picture picture = new Picture(frame.width(), frame.height(), new byte[3 * frame.width() * frame.height()]);
    for (int y = 0; y < picture.height(); y++) {
      at(0, y).get(picture.rgb(), 3 * y * picture.width(), 3 * picture.width());
    }
    return picture;
  }

  private void convert(AVFrame from, AVFrame to) throws IOException {
    check(sws_scale(context, from.data(), from.linesize(), 0, from.height(), to.data(), to.linesize()), "converting");
  }

  @Override
  public void close() {
    sws_freeContext(context);
    av_frame_free(rgb);
  }

  private void prepare(AVFrame yuv, int from, int to) throws IOException {
    if (context != null) {
      requireSameSize(yuv);
      return;
    }
    rgb.width(yuv.width()).height(yuv.height()).format(AV_PIX_FMT_RGB24);
    check(av_frame_get_buffer(rgb, 0), "a frame's memory");
    int width = yuv.width();
    int height = yuv.height();
    context = require(sws_getContext(width, height, from, width, height, to, FLAGS, null, null, (DoublePointer) null),
        "no conversion between RGB and FFmpeg's pixel format " + yuv.format());
    boolean toRgb = to == AV_PIX_FMT_RGB24;
    int range = yuv.color_range() == AVCOL_RANGE_JPEG ? 1 : 0;
    var matrix = sws_getCoefficients(yuv.colorspace() == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : yuv.colorspace());
    // an error here means that neither side is YUV
    sws_setColorspaceDetails(context, matrix, toRgb ? range : 1, matrix, toRgb ? 1 : range, 0, ONE, ONE);
  }

  private void requireSameSize(AVFrame frame) throws IOException {
    if (frame.width() != rgb.width() || frame.height() != rgb.height()) {
      throw new IOException("frames change from " + rgb.width() + "x" + rgb.height() + " to "
          + frame.width() + "x" + frame.height());
    }
  }

  /** Pixels of the frame right of and below the picture repeat its edge. */
  private void put(Picture picture) {
    int stride = 3 * picture.width();
    for (int y = 0; y < rgb.height(); y++) {
      int offset = stride * Math.min(y, picture.height() - 1);
      at(0, y).put(picture.rgb(), offset, stride);
      for (int x = picture.width(); x < rgb.width(); x++) {
        at(x, y).put(picture.rgb(), offset + stride - 3, 3);
      }
    }
  }

  private BytePointer at(int x, int y) {
    return rgb.data(0).position((long) y * rgb.linesize(0) + 3L * x);
  }
}
