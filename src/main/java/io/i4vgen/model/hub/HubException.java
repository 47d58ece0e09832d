// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

/** A file can't be fetched or taken over; the message says which, from where, and what to do about it. */
public final class HubException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public HubException(String message) {
    super(message);
  }

  public HubException(String message, Throwable cause) {
    super(message, cause);
  }
}
