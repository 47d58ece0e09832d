// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.Job;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.PackFile;
import io.i4vgen.tensor.Sha256;
import java.util.Collection;
import java.util.HexFormat;

/** A short name for everything that a video depends on. */
final class Recipe {

  private static final int DIGITS = 10;

  private Recipe() {}

  /** @param key of the pipeline's last stage, which tells of all */
  static String of(PackDescription pack, String key, Job job) {
    return of(pack.files().values(), pack.negativePrompt(), key, job);
  }

  /** The text's form is that of the first journals, which can be gone on with as long as it stays. */
  static String of(Collection<PackFile> files, String negativePrompt, String key, Job job) {
    StringBuilder text = new StringBuilder();
    files.forEach(file -> text.append("PackFile[path=" + file.path() + ", bytes=" + file.bytes() + ", sha256="
        + file.sha256() + "]\n"));
    text.append(negativePrompt).append('\n').append(key).append(job.seed()).append(' ').append(job.prompt());
    return HexFormat.of().formatHex(Sha256.of(text.toString())).substring(0, DIGITS);
  }
}
