// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static io.i4vgen.media.Ffmpeg.check;
import static io.i4vgen.media.Ffmpeg.require;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.av_d2q;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_inv_q;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.PointerScope;

/**
 * A file with one video stream, written frame by frame with FFmpeg. The same frames give the same bytes: one thread, no
 * clock, no version numbers of the libraries. A writer belongs to one thread; those of several threads are independent.
 */
final class VideoWriter implements AutoCloseable {

  /**
   * What kind of file.
   *
   * @param container FFmpeg's name of the file format
   * @param encoder FFmpeg's name of the encoder
   * @param pixelFormat of the frames that {@code filler} fills
   * @param options of the encoder and of the file format
   */
  record Kind(String container, String encoder, int pixelFormat, Map<String, String> options, FrameFiller filler) {}

  /** Converts a picture to the encoder's pixel format. */
  interface FrameFiller {
    void fill(Picture picture, AVFrame frame) throws IOException;
  }

  private final PointerScope pointers;
  private final Kind kind;
  private final AVFormatContext file = new AVFormatContext(null);
  private final AVPacket packet;
  private final AVFrame frame;
  private AVCodecContext codec;
  private AVStream stream;

  /** Opens {@code path}; {@code width} and {@code height} are those of the encoded frames. */
  VideoWriter(Path path, Kind kind, int width, int height, double fps, Tags tags) throws IOException {
    Ffmpeg.quiet();
    this.kind = kind;
    pointers = new PointerScope();
    packet = av_packet_alloc();
    frame = av_frame_alloc();
    try {
      String url = Ffmpeg.url(path);
      check(avformat_alloc_output_context2(file, null, kind.container(), url), "FFmpeg's format " + kind.container());
      openEncoder(width, height, fps);
      allocateFrame();
      openFile(url, tags);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Appends a frame. */
  void write(Picture picture) throws IOException {
    check(av_frame_make_writable(frame), "a frame's memory");
    kind.filler().fill(picture, frame);
    encode(frame);
    frame.pts(frame.pts() + 1);
  }

  /** Writes what the encoder still holds and the file's index. Without it the file is not usable. */
  void finish() throws IOException {
    encode(null);
    check(av_write_trailer(file), "writing the end of the file");
    check(closeFile(), "closing the file");
  }

  /** Also when it fails, nothing is left to be closed. */
  private int closeFile() {
    AVIOContext bytes = file.pb();
    file.pb(null);
    return avio_closep(bytes);
  }

  @Override
  public void close() {
    if (!file.isNull()) {
      if (file.pb() != null) {
        closeFile();
      }
      avformat_free_context(file);
    }
    if (codec != null) {
      avcodec_free_context(codec);
    }
    av_frame_free(frame);
    av_packet_free(packet);
    pointers.close();
  }

  private void openEncoder(int width, int height, double fps) throws IOException {
    AVCodec encoder = require(avcodec_find_encoder_by_name(kind.encoder()),
        "this build of FFmpeg lacks the encoder " + kind.encoder());
    codec = require(avcodec_alloc_context3(encoder), "memory for the encoder " + kind.encoder());
    codec.width(width).height(height).pix_fmt(kind.pixelFormat()).thread_count(1);
    codec.framerate(av_d2q(fps, 1_000_000));
    codec.time_base(av_inv_q(codec.framerate()));
    codec.flags(codec.flags() | AV_CODEC_FLAG_BITEXACT);
    if ((file.oformat().flags() & AVFMT_GLOBALHEADER) != 0) {
      codec.flags(codec.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
    }
    try (Options options = new Options(kind.options())) {
      check(avcodec_open2(codec, encoder, options.dictionary),
          "the encoder does not take " + description());
    }
  }

  private String description() {
    return kind.encoder() + " frames of " + codec.width() + "x" + codec.height() + " pixels";
  }

  private void allocateFrame() throws IOException {
    frame.width(codec.width()).height(codec.height()).format(codec.pix_fmt()).pts(0);
    frame.colorspace(codec.colorspace()).color_range(codec.color_range());
    check(av_frame_get_buffer(frame, 0), "a frame's memory");
  }

  private void openFile(String url, Tags tags) throws IOException {
    stream = require(avformat_new_stream(file, null), "memory for a stream");
    check(avcodec_parameters_from_context(stream.codecpar(), codec), "the stream's parameters");
    stream.time_base(codec.time_base()).avg_frame_rate(codec.framerate());
    file.flags(file.flags() | AVFormatContext.AVFMT_FLAG_BITEXACT);
    file.metadata(Ffmpeg.dictionary(Map.of("title", tags.title(), "comment", tags.recipe())));
    AVIOContext bytes = new AVIOContext(null);
    check(avio_open(bytes, url, AVIO_FLAG_WRITE), "opening the file");
    file.pb(bytes);
    try (Options options = new Options(kind.options())) {
      check(avformat_write_header(file, options.dictionary), "writing the start of the file");
    }
  }

  private void encode(AVFrame next) throws IOException {
    try {
      check(avcodec_send_frame(codec, next), "encoding " + description());
    } catch (IOException e) {
      throw new EncoderException(e.getMessage(), e);
    }
    int code = avcodec_receive_packet(codec, packet);
    while (code >= 0) {
      packet.duration(1);
      av_packet_rescale_ts(packet, codec.time_base(), stream.time_base());
      check(av_interleaved_write_frame(file, packet), "writing the file");
      code = avcodec_receive_packet(codec, packet);
    }
    if (code != AVERROR_EAGAIN() && code != AVERROR_EOF) {
      check(code, "encoding " + description());
    }
  }

  /** FFmpeg takes the options it knows out of a dictionary and leaves the others. */
  private static final class Options implements AutoCloseable {

    private final AVDictionary dictionary;

    Options(Map<String, String> options) throws IOException {
      dictionary = Ffmpeg.dictionary(options);
    }

    @Override
    public void close() {
      av_dict_free(dictionary);
    }
  }
}
