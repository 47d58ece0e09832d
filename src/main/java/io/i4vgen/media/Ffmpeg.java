// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_get;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVDictionaryEntry;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** The manners of FFmpeg's C interface: error codes, dictionaries, file names. */
final class Ffmpeg {

  private Ffmpeg() {}

  /** Loads the libraries and keeps them from writing to the standard error stream. */
  static void quiet() {
    // JavaCPP would refuse to allocate once the whole process, models included, exceeds a multiple of the Java heap
    System.getProperties().putIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    av_log_set_level(AV_LOG_QUIET);
  }

  /** Returns {@code code} unless it is an error, {@code what} having failed. */
  static int check(int code, String what) throws IOException {
    if (code < 0) {
      byte[] message = new byte[256];
      av_strerror(code, message, message.length);
      throw new IOException(what + ": " + new String(message, StandardCharsets.UTF_8).replaceFirst("\0.*", ""));
    }
    return code;
  }

  static <P extends Pointer> P require(P pointer, String what) throws IOException {
    if (pointer == null || pointer.isNull()) {
      throw new IOException(what);
    }
    return pointer;
  }

  /** The explicit protocol keeps a colon in a file's name from being read as one. */
  static String url(Path file) {
    return "file:" + file.toAbsolutePath();
  }

  /** What is empty is left out. The caller frees it, or gives it to something that does. */
  static AVDictionary dictionary(Map<String, String> entries) throws IOException {
    AVDictionary dictionary = new AVDictionary(null);
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      if (!entry.getValue().isEmpty()) {
        check(av_dict_set(dictionary, utf8(entry.getKey()), utf8(entry.getValue()), 0), "memory for " + entry.getKey());
      }
    }
    return dictionary;
  }

  /** The value of {@code key}, or an empty string. */
  static String get(AVDictionary dictionary, String key) {
    AVDictionaryEntry entry = av_dict_get(dictionary, utf8(key), null, 0);
    return entry == null ? "" : entry.value().getString(StandardCharsets.UTF_8);
  }

  private static BytePointer utf8(String text) {
    return new BytePointer(text, StandardCharsets.UTF_8);
  }
}
