// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Function;

/** The forms that people keep weights in, told by how a file begins: names such as {@code .bin} say nothing. */
enum WeightsForm {
  TORCH("504b0304", 0, TorchFile::of),

  TORCH_LEGACY("8a0a6cfc9c46f9206aa85019", 2, refused("is of PyTorch's legacy form, before version 1.6; write it anew"
      + " with Python: torch.save(torch.load(FILE, weights_only=True), FILE)")),

  TORCH_TAR(hex("ustar"), 257, refused("is a tar file, PyTorch's form before version 0.2; write it anew with Python:"
      + " torch.save(torch.load(FILE), FILE), if you trust who made it")),

  LARGE_FILE_POINTER(hex("version https://git-lfs"), 0, refused("is only the pointer that Git LFS leaves where a file"
      + " was not fetched; fetch it with git lfs pull")),

  /** What has no mark of its own. */
  SAFETENSORS("", 0, Safetensors::of);

  private final byte[] mark;
  private final int position;
  private final Function<ByteSource, WeightsFile> open;

  WeightsForm(String mark, int position, Function<ByteSource, WeightsFile> open) {
    this.mark = HexFormat.of().parseHex(mark);
    this.position = position;
    this.open = open;
  }

  /** Opens a file of any form; closes the source if that fails. */
  static WeightsFile open(ByteSource source) {
    try {
      return Arrays.stream(values()).filter(form -> form.marks(source)).findFirst().orElseThrow().open.apply(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private boolean marks(ByteSource source) {
    return source.size() >= position + mark.length
        && source.read(position, mark.length).equals(ByteBuffer.wrap(mark));
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
