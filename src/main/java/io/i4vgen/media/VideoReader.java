// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static io.i4vgen.media.Ffmpeg.check;
import static io.i4vgen.media.Ffmpeg.require;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_guess_frame_rate;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_color_range_name;
import static org.bytedeco.ffmpeg.global.avutil.av_color_space_name;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_get_pix_fmt_name;
import static org.bytedeco.ffmpeg.global.avutil.av_q2d;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;

/** Reads video files of every format that FFmpeg knows, frames wholly into memory. Threads may read at once. */
public final class VideoReader implements AutoCloseable {

  private final PointerScope pointers;
  private final AVFormatContext file = new AVFormatContext(null);
  private final PixelConverter pixels;
  private final AVPacket packet;
  private final AVFrame frame;
  private AVCodecContext codec;
  private AVStream stream;

  private VideoReader(Path path) throws IOException {
    Ffmpeg.quiet();
    pointers = new PointerScope();
    pixels = new PixelConverter();
    packet = av_packet_alloc();
    frame = av_frame_alloc();
    try {
      openFile(path);
      openDecoder();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * All frames of the file's video stream.
   *
   * @throws IOException naming {@code path}, if it cannot be read or holds no video
   */
  public static Clip read(Path path) throws IOException {
    return open(path, VideoReader::clip);
  }

  /**
   * What the file says of its video stream and of itself; no frame is decoded.
   *
   * @throws IOException naming {@code path}, if it cannot be read or holds no video
   */
  public static VideoInfo info(Path path) throws IOException {
    return open(path, VideoReader::info);
  }

  private interface Use<T> {
    T of(VideoReader reader) throws IOException;
  }

  private static <T> T open(Path path, Use<T> use) throws IOException {
    if (Files.isDirectory(path)) {
      throw new IOException("cannot read " + path + ": that is a folder; name a file in it");
    } else if (!Files.isRegularFile(path)) {
      throw new NoSuchFileException("cannot read " + path + ": there is no such file");
    }
    try (VideoReader reader = new VideoReader(path)) {
      return use.of(reader);
    } catch (IOException e) {
      throw new IOException("cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private static String known(BytePointer name, String what) throws IOException {
    if (name == null) {
      throw new IOException("its " + what + " is none that there is");
    }
    return name.getString();
  }

  private VideoInfo info() throws IOException {
    return new VideoInfo(
        known(avcodec_get_name(codec.codec_id()), "codec"),
        known(av_get_pix_fmt_name(codec.pix_fmt()), "pixel format"),
        known(av_color_space_name(codec.colorspace()), "colour space"),
        known(av_color_range_name(codec.color_range()), "colour range"),
        codec.width(),
        codec.height(),
        fps(),
        new Tags(Ffmpeg.get(file.metadata(), "title"), Ffmpeg.get(file.metadata(), "comment")));
  }

  private Clip clip() throws IOException {
    List<Picture> frames = new ArrayList<>();
    int code = av_read_frame(file, packet);
    while (code >= 0) {
      if (packet.stream_index() == stream.index()) {
        decode(packet, frames);
      }
      av_packet_unref(packet);
      code = av_read_frame(file, packet);
    }
    if (code != AVERROR_EOF) {
      check(code, "reading after frame " + frames.size());
    }
    decode(null, frames);
    if (frames.isEmpty()) {
      throw new IOException("not one frame in it can be decoded");
    }
    return new Clip(fps(), frames);
  }

  private double fps() {
    return av_q2d(av_guess_frame_rate(file, stream, null));
  }

  private void decode(AVPacket next, List<Picture> frames) throws IOException {
    check(avcodec_send_packet(codec, next), "decoding");
    int code = avcodec_receive_frame(codec, frame);
    while (code >= 0) {
      frames.add(pixels.picture(frame));
      code = avcodec_receive_frame(codec, frame);
    }
    if (code != AVERROR_EAGAIN() && code != AVERROR_EOF) {
      check(code, "decoding");
    }
  }

  private void openFile(Path path) throws IOException {
    check(avformat_open_input(file, Ffmpeg.url(path), null, (AVDictionary) null), "no video file");
    check(avformat_find_stream_info(file, (PointerPointer<?>) null), "no video file");
    int index = check(av_find_best_stream(file, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0), "no video in it");
    stream = file.streams(index);
  }

  private void openDecoder() throws IOException {
    AVCodec decoder = require(avcodec_find_decoder(stream.codecpar().codec_id()), "no decoder for its codec");
    codec = require(avcodec_alloc_context3(decoder), "memory for a decoder");
    check(avcodec_parameters_to_context(codec, stream.codecpar()), "the stream's parameters");
    codec.thread_count(1);
    check(avcodec_open2(codec, decoder, (AVDictionary) null), "its decoder does not open");
  }

  @Override
  public void close() {
    if (codec != null) {
      avcodec_free_context(codec);
    }
    if (!file.isNull()) {
      avformat_close_input(file);
    }
    av_frame_free(frame);
    av_packet_free(packet);
    pixels.close();
    pointers.close();
  }
}
