// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

/** Something is wrong with a model pack; the message says which pack, which file, and what was expected there. */
public final class PackException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public PackException(String message) {
    super(message);
  }

  public PackException(String message, Throwable cause) {
    super(message, cause);
  }
}
