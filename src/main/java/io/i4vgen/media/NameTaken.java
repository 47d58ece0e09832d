// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/** A file was not written because there is one of its name, which was to be kept. */
public final class NameTaken extends IOException {

  private static final long serialVersionUID = 1;

  NameTaken(Path target, FileAlreadyExistsException cause) {
    super("cannot write " + target + ": it is there already", cause);
  }
}
