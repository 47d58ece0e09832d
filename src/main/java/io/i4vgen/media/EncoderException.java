// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;

/** An encoder failed on a frame. */
final class EncoderException extends IOException {

  private static final long serialVersionUID = 1;

  EncoderException(String message, IOException cause) {
    super(message, cause);
  }
}
