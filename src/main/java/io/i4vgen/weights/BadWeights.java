// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

/**
 * A weights file that is damaged, or whose tensors are not what a network needs. The message names file and key, and is
 * never longer than a page, whatever they are.
 */
public final class BadWeights extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private static final int LONGEST = 4000;

  public BadWeights(String message) {
    super(cut(message));
  }

  public BadWeights(String message, Throwable cause) {
    super(cut(message), cause);
  }

  private static String cut(String message) {
    return message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "...";
  }
}
