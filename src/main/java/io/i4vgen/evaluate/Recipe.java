// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.model.PackDescription;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A short name for everything that a video depends on. */
final class Recipe {

  private static final int DIGITS = 10;

  private Recipe() {}

  /** @param keys of the pipeline's stages, the last of which tells of all */
  static String of(PackDescription pack, List<String> keys, Trial trial) {
    StringBuilder text = new StringBuilder();
    pack.files().values().forEach(file -> text.append(file).append('\n'));
    text.append(pack.negativePrompt()).append('\n').append(keys.get(keys.size() - 1)).append(trial.seed()).append(' ')
        .append(trial.spec().prompt());
    return HexFormat.of().formatHex(digest(text.toString())).substring(0, DIGITS);
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
