// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** What wants to know how far a download is. Sizes are in bytes; a total below 0 is unknown. */
public interface PullListener {

  /**
   * A file is there already.
   *
   * @param sure whether its size or its checksum says so, not only its name
   */
  default void present(Path file, boolean sure) {}

  /** A file that is there is being read, which takes a while: its checksum was never compared, or it was touched. */
  default void comparing(Path file, long bytes) {}

  /** A file that is there is not the right one; it is fetched again, and stays until another one can take its place. */
  default void damaged(Path file, String what) {}

  /** @param done what an earlier attempt has left */
  default void started(Path file, URI from, long done, long total) {}

  default void advanced(Path file, long done, long total) {}

  /** The connection failed. */
  default void retrying(Path file, String why, Duration wait) {}

  /** What was there can't be used. */
  default void restarted(Path file, String why) {}

  /** All bytes are there; their checksum is being computed. */
  default void checking(Path file) {}

  /** It has come, and nobody could say whether it is right. */
  default void unverified(Path file, String why) {}

  default void finished(Path file, long bytes) {}
}
