// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

/** What becomes of a file that has the name of one that is to be written. */
public enum Existing {

  /** The new one takes its place. */
  REPLACED,

  /** It stays, and {@link NameTaken} is thrown: even if another process writes it at the same moment. */
  KEPT
}
