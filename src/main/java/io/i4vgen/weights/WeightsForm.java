// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The forms that people keep weights in, and what else they take for weights, told by how a file begins: names such as
 * {@code .bin} say nothing.
 */
enum WeightsForm {
  TORCH(at(0, "504b0304"), TorchFile::of),

  /** Its first pickle is a number; from protocol 4 on, behind the length of a frame. */
  TORCH_LEGACY(at(2, "8a0a6cfc9c46f9206aa85019").or(at(11, "8a0a6cfc9c46f9206aa85019")), refused("is of PyTorch's"
      + " legacy form, before version 1.6; write it anew with Python: torch.save(torch.load(FILE, weights_only=True),"
      + " FILE)")),

  TORCH_TAR(at(257, hex("ustar")), refused("is a tar file, PyTorch's form before version 0.2; write it anew with"
      + " Python: torch.save(torch.load(FILE), FILE), if you trust who made it")),

  LARGE_FILE_POINTER(at(0, hex("version https://git-lfs")), refused("is only the pointer that Git LFS leaves where a"
      + " file was not fetched; fetch it with git lfs pull")),

  GGUF(at(0, hex("GGUF")), refused("is a GGUF file, the form of llama.cpp, which is not read; fetch the model's"
      + " .safetensors, or its .ckpt")),

  PAGE(text("<!doctype html").or(text("<html")).or(text("<?xml")), refused("is a web page, not weights: one about the"
      + " file, or one that asks to log in; fetch the file itself, at Hugging Face from an address with /resolve/"
      + " instead of /blob/")),

  JSON(text("{").and(counted().negate()), refused("is a text, such as a configuration or an index of weights; name the"
      + " files of weights themselves")),

  /** Nothing else has no control characters: a safetensors file begins with a number whose last bytes are zeros. */
  TEXT(head -> head.length > 0 && isText(head), refused("is a text, not weights")),

  PICKLE(at(0, "8002").or(at(0, "8003")).or(at(0, "8004")).or(at(0, "8005"))
      .and(counted().and(at(8, hex("{"))).negate()), refused("is a pickle of Python's, but not one that torch.save has"
          + " written; if you trust who made it, load it with Python and write its tensors with"
          + " safetensors.torch.save_file")),

  /** What has no mark of its own. */
  SAFETENSORS(head -> true, Safetensors::of);

  /** Up to the mark of a tar file. */
  private static final int HEAD = 262;

  private final Predicate<byte[]> mark;
  private final Function<ByteSource, WeightsFile> open;

  WeightsForm(Predicate<byte[]> mark, Function<ByteSource, WeightsFile> open) {
    this.mark = mark;
    this.open = open;
  }

  /** Opens a file of any form; closes the source if that fails. */
  static WeightsFile open(ByteSource source) {
    try {
      byte[] head = source.read(0, Math.min(HEAD, source.size())).array();
      return Arrays.stream(values()).filter(form -> form.mark.test(head)).findFirst().orElseThrow().open.apply(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static Predicate<byte[]> at(int position, String hex) {
    byte[] mark = HexFormat.of().parseHex(hex);
    int end = position + mark.length;
    return head -> head.length >= end && Arrays.equals(head, position, end, mark, 0, mark.length);
  }

  /** Whether it may begin with the length of a safetensors header, whose lowest bytes can be anything. */
  private static Predicate<byte[]> counted() {
    return at(4, "00000000");
  }

  /** A text that begins like this, after a mark of its encoding and empty lines. */
  private static Predicate<byte[]> text(String beginning) {
    return head -> new String(head, StandardCharsets.UTF_8).replaceFirst("^\\uFEFF?\\s*", "").toLowerCase(Locale.ROOT)
        .startsWith(beginning);
  }

  /** Letters and signs of any encoding, and what parts lines and words. */
  private static boolean isText(byte[] head) {
    for (byte one : head) {
      if ((one & 0xFF) < ' ' && one != '\n' && one != '\r' && one != '\t' && one != '\f') {
        return false;
      }
    }
    return true;
  }

  private static Function<ByteSource, WeightsFile> refused(String why) {
    return source -> {
      throw new BadWeights("%s: %s".formatted(source.name(), why));
    };
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
  }
}
