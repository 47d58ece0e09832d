// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static io.i4vgen.media.Ffmpeg.check;
import static io.i4vgen.media.Ffmpeg.require;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MJPEG;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_PNG;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_WEBP;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_BITSTREAM;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_BUFFER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_CRCCHECK;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_EXPLODE;
import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGBA;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_AREA;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BITEXACT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_DEFAULT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INP;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import java.io.IOException;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * Decodes the bytes of one still picture with FFmpeg's decoder for its form, and no other part of FFmpeg: neither its
 * guesses at a file's kind nor its protocols see the bytes. What is wrong in them is an error.
 */
final class StillDecoder implements AutoCloseable {

  private static final int EXACT = SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT;
  private static final int STRICT = AV_EF_EXPLODE | AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
  private static final int ONE = 1 << 16;

  private final PointerScope pointers;
  private final AVPacket packet;
  private final AVFrame decoded;
  private final AVFrame rgba;
  private final StillFile still;
  private AVCodecContext codec;
  private SwsContext converter;

  private StillDecoder(StillFile still) {
    Ffmpeg.quiet();
    this.pointers = new PointerScope();
    this.packet = av_packet_alloc();
    this.decoded = av_frame_alloc();
    this.rgba = av_frame_alloc();
    this.still = still;
  }

  /**
   * The picture's pixels as they are stored, four bytes each: red, green, blue and opacity.
   *
   * @param width of the result; where it is less than the picture's, pixels are averaged
   * @param height likewise
   * @return {@code [height, width, 4]}
   * @throws IOException if the bytes can't be decoded
   */
  static byte[] rgba(StillFile still, byte[] file, int width, int height) throws IOException {
    try (StillDecoder decoder = new StillDecoder(still)) {
      decoder.decode(file);
      return decoder.converted(width, height);
    }
  }

  private void decode(byte[] file) throws IOException {
    AVCodec decoder = require(avcodec_find_decoder(switch (still.form()) {
      case JPEG -> AV_CODEC_ID_MJPEG;
      case PNG -> AV_CODEC_ID_PNG;
      case WEBP -> AV_CODEC_ID_WEBP;
    }), "this build of FFmpeg has no decoder for it");
    codec = require(avcodec_alloc_context3(decoder), "memory for a decoder");
    codec.thread_count(1).err_recognition(STRICT);
    check(avcodec_open2(codec, decoder, (AVDictionary) null), "its decoder does not open");
    check(av_new_packet(packet, file.length), "memory for its bytes");
    packet.data().put(file, 0, file.length);
    check(avcodec_send_packet(codec, packet), "it can't be decoded");
    check(avcodec_send_packet(codec, null), "it can't be decoded");
    check(avcodec_receive_frame(codec, decoded), "it can't be decoded");
    if (decoded.width() != still.width() || decoded.height() != still.height()) {
      throw new IOException("it says that it has %d x %d pixels, but has %d x %d".formatted(still.width(),
          still.height(), decoded.width(), decoded.height()));
    }
  }

  private byte[] converted(int width, int height) throws IOException {
    rgba.width(width).height(height).format(AV_PIX_FMT_RGBA);
    check(av_frame_get_buffer(rgba, 0), "memory for its pixels");
    int filter = width == decoded.width() && height == decoded.height() ? SWS_BICUBIC : SWS_AREA;
    converter = require(sws_getContext(decoded.width(), decoded.height(), decoded.format(), width, height,
        AV_PIX_FMT_RGBA, EXACT | filter, null, null, (DoublePointer) null), "its kind of pixels can't be converted");
    var matrix = sws_getCoefficients(matrix());
    // an error here means that the picture is not made of luma and chroma
    sws_setColorspaceDetails(converter, matrix, isFullRange() ? 1 : 0, matrix, 1, 0, ONE, ONE);
    check(sws_scale(converter, decoded.data(), decoded.linesize(), 0, decoded.height(), rgba.data(), rgba.linesize()),
        "its pixels can't be converted");
    byte[] pixels = new byte[Math.multiplyExact(4 * width, height)];
    BytePointer source = rgba.data(0);
    for (int y = 0; y < height; y++) {
      source.position((long) y * rgba.linesize(0)).get(pixels, 4 * width * y, 4 * width);
    }
    return pixels;
  }

  private int matrix() {
    int said = decoded.colorspace();
    return said == AVCOL_SPC_UNSPECIFIED || said == AVCOL_SPC_RGB ? SWS_CS_DEFAULT : said;
  }

  private boolean isFullRange() {
    return still.form() != StillFile.Form.WEBP || decoded.color_range() == AVCOL_RANGE_JPEG;
  }

  @Override
  public void close() {
    if (converter != null) {
      sws_freeContext(converter);
    }
    if (codec != null) {
      avcodec_free_context(codec);
    }
    av_frame_free(rgba);
    av_frame_free(decoded);
    av_packet_free(packet);
    pointers.close();
  }
}
