// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.util.concurrent.Callable;

/** A file can't be fetched or taken over; the message says which, from where, and what to do about it. */
public final class HubException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public HubException(String message) {
    super(message);
  }

  public HubException(String message, Throwable cause) {
    super(message, cause);
  }

  /** What {@code question} says of {@code of}; any trouble with it becomes one of these. */
  static <T> T unless(Object of, Callable<T> question) {
    try {
      return question.call();
    } catch (Exception e) {
      throw new HubException(of + ": " + e.getMessage(), e);
    }
  }
}
