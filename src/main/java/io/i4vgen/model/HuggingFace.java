// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * The native tokenizer behind both text models. It only splits and looks up; marks, padding and cutting are done here,
 * so that a pack's {@code tokenizer.json} need not say how.
 */
final class HuggingFace implements AutoCloseable {

  /** The whole text, without the marks around it. */
  private static final Map<String, String> WHOLE =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final HuggingFaceTokenizer tokenizer;
  private final Marks marks;

  /**
   * What stands around a text.
   *
   * @param length positions of the network, both marks included
   */
  record Marks(long begin, long end, long pad, int length) {

    Marks {
      if (length < 3) {
        throw new IllegalArgumentException("length must be 3 or more, is " + length);
      }
    }
  }

  /**
   * @param json the text of a {@code tokenizer.json}
   * @param where the file it comes from, for messages
   * @throws PackException if the native library refuses it
   */
  HuggingFace(String json, String where, Marks marks) {
    this.marks = marks;
    this.tokenizer = open(json, where);
  }

  private static HuggingFaceTokenizer open(String json, String where) {
    // Otherwise DJL looks for a cloud's metadata service before it reads the first tokenizer.
    if (System.getProperty("OPT_OUT_TRACKING") == null) {
      System.setProperty("OPT_OUT_TRACKING", "true");
    }
    try {
      return HuggingFaceTokenizer.newInstance(
          new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), WHOLE);
    } catch (IOException | RuntimeException e) {
      throw new PackException(where + ": not a tokenizer: " + e.getMessage(), e);
    }
  }

  Tokens encode(String text) {
    Encoding encoding = tokenizer.encode(text);
    long[] found = encoding.getIds();
    int kept = Math.min(found.length, marks.length - 2);
    String cut = kept == found.length ? "" : from(text, encoding.getCharTokenSpans()[kept]);
    return new Tokens(framed(found, kept), kept + 2, found.length + 2, cut);
  }

  private long[] framed(long[] found, int kept) {
    long[] ids = new long[marks.length];
    Arrays.fill(ids, marks.pad);
    ids[0] = marks.begin;
    System.arraycopy(found, 0, ids, 1, kept);
    ids[kept + 1] = marks.end;
    return ids;
  }

  /** Spans count code points of the text. */
  private static String from(String text, CharSpan span) {
    return text.substring(text.offsetByCodePoints(0, span.getStart())).strip();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
