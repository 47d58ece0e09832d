// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** What wants to know how far a download is. Sizes are in bytes; a total below 0 is unknown. */
public interface PullListener {

  /** A file is there already. */
  default void present(Path file) {}

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
