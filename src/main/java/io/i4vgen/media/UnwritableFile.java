// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;

/** A file could not be written; the message names it and says why. */
public final class UnwritableFile extends IOException {

  private static final long serialVersionUID = 1;

  UnwritableFile(String message, IOException cause) {
    super(message, cause);
  }
}
